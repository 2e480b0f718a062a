"""Copies of a field: Django's own, which number rows, and other packages', which do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from gapless_fields.django_internals import is_for_migrations

if TYPE_CHECKING:
    from django.db.models import Model


class DeclaredName(str):
    """The name of a sequence as ``deconstruct()`` tells it: it knows the model that declares it."""

    model: type[Model] | None

    def __new__(cls, name: str, model: type[Model] | None) -> Self:
        declared = super().__new__(cls, name)
        declared.model = model
        return declared

    def __getnewargs__(self) -> Any:
        return str(self), self.model


def numbers_rows_of(model: type[Model], declared_on: type[Model]) -> bool:
    """Whether a copy of a field numbers the rows of a model: the field's own, or one of its kind.

    Django copies an abstract model's field onto a subclass, and rebuilds a model's fields for the
    historical models of migrations, where it may be called otherwise.
    """
    return (
        issubclass(model, declared_on)
        or is_for_migrations(model)
        or model._meta.label_lower == declared_on._meta.label_lower
    )
