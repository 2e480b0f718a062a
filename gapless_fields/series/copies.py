"""Copies of a field: Django's own number rows, those of other packages do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from gapless_fields.django_internals.models import is_for_migrations

if TYPE_CHECKING:
    from django.db.models import Model


class DeclaredName(str):
    """The name of a sequence from ``deconstruct()``, with the model that declares the field."""

    model: type[Model] | None

    def __new__(cls, name: str, model: type[Model] | None) -> Self:
        declared = super().__new__(cls, name)
        declared.model = model
        return declared

    def __getnewargs__(self) -> Any:
        return str(self), self.model


def numbers_rows_of(model: type[Model], declared_on: type[Model]) -> bool:
    """Return whether a field declared on one model numbers the rows of another model.

    It does if the other is a subclass, or the same model rebuilt by Django. Django copies an
    abstract model's field to each subclass. It also rebuilds a model's fields for the historical
    models of migrations, where the model may have another name.
    """
    return (
        issubclass(model, declared_on)
        or is_for_migrations(model)
        or model._meta.label_lower == declared_on._meta.label_lower
    )
