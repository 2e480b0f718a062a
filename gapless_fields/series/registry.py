"""Find the fields that number rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import apps as global_apps
from django.db import models, router

from gapless_fields.series.numbered_field import NumberedField

if TYPE_CHECKING:
    from django.apps.registry import Apps


def numbered_fields(model: type[models.Model]) -> tuple[NumberedField, ...]:
    """Return the fields that number the rows of ``model``, including those of its parents.

    They are cached on the class itself. A row of an unnumbered model therefore costs one look-up,
    and the historical models of migrations can be discarded together with their cache.
    """
    fields: tuple[NumberedField, ...] | None = model.__dict__.get("_gapless_fields")
    if fields is None:
        fields = tuple(
            field for field in model._meta.concrete_fields if isinstance(field, NumberedField)
        )
        model._gapless_fields = fields  # type: ignore[attr-defined]
    return fields


def forget_numbered_fields(model: type[models.Model]) -> None:
    """Clear the caches of a model and its subclasses, because a field has been added."""
    for name in ("_gapless_fields", "_gapless_texts"):
        if name in model.__dict__:
            delattr(model, name)
    for child in model.__subclasses__():
        forget_numbered_fields(child)


def all_numbered_fields(
    using: str | None = None, apps: Apps | None = None
) -> Iterator[NumberedField]:
    """Return every numbered field, from the model that declares it.

    Args:
        using: leave out the models that have no table in this database.
        apps: the models to search. None means the project's. (A migration has its own.)
    """
    for model in (apps or global_apps).get_models():
        if using is None or router.allow_migrate_model(using, model):
            yield from (field for field in numbered_fields(model) if field.model is model)


def fields_of_sequence(
    sequence: str, using: str | None = None, apps: Apps | None = None
) -> Iterator[NumberedField]:
    """Return the fields that share ``sequence``."""
    return (field for field in all_numbered_fields(using, apps) if field.sequence == sequence)
