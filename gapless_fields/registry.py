"""Which fields number which rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from django.apps import apps as global_apps
from django.db import models, router

if TYPE_CHECKING:
    from django.apps.registry import Apps

    from gapless_fields.conditions import When
    from gapless_fields.scopes import ScopePart
    from gapless_fields.series import Series


class NumberedField(Protocol):
    """What the rest of the package asks of a field that numbers rows."""

    name: str
    attname: str
    column: str | None
    null: bool
    sequence: str
    initial_value: int
    reset_value: int | None
    model: type[models.Model]
    scope: tuple[str | ScopePart, ...]

    @property
    def series(self) -> Series:
        """The settings of the numbers."""

    @property
    def scope_parts(self) -> tuple[ScopePart, ...]:
        """What divides the sequence into series."""

    @property
    def scope_attnames(self) -> tuple[str, ...]:
        """The columns that the series of a row depends on."""

    @property
    def depends_on_time_zone(self) -> bool:
        """Whether the series of a row depends on a part of a datetime."""

    @property
    def prepared_columns(self) -> tuple[models.Field[Any, Any], ...]:
        """The columns that a number depends on whose fields have a ``pre_save()`` of their own."""

    @property
    def condition(self) -> When | None:
        """When a row is numbered; None: when it is inserted."""

    def series_for(self, instance: models.Model) -> Series:
        """The series that numbers ``instance``."""

    def get_prep_value(self, value: Any) -> Any:
        """Convert a value in memory to an integer or None; TypeError or ValueError if not one."""


@runtime_checkable
class _Numbered(Protocol):
    """What tells a numbered field from others. (On Python 3.11, isinstance() calls properties.)"""

    sequence: str

    def series_for(self, instance: models.Model) -> Series: ...


def numbered_fields(model: type[models.Model]) -> tuple[NumberedField, ...]:
    """The fields that number the rows of ``model``, its parents' among them.

    Remembered on the class itself, so that a row of an unnumbered model costs one look-up, and so
    that the historical models of migrations can be forgotten with it.
    """
    fields: tuple[NumberedField, ...] | None = model.__dict__.get("_gapless_fields")
    if fields is None:
        fields = tuple(
            cast(NumberedField, field)
            for field in model._meta.concrete_fields
            if isinstance(field, _Numbered)
        )
        model._gapless_fields = fields  # type: ignore[attr-defined]
    return fields


def forget_numbered_fields(model: type[models.Model]) -> None:
    """Look again: a field has been added to a model, and to those that inherit from it."""
    if "_gapless_fields" in model.__dict__:
        del model._gapless_fields  # type: ignore[attr-defined]
    for child in model.__subclasses__():
        forget_numbered_fields(child)


def label_of(field: NumberedField) -> str:
    """What messages call a field: ``shop.Invoice.number``."""
    return f"{field.model._meta.label}.{field.name}"


def columns_of(field: NumberedField) -> tuple[str, ...]:
    """The attributes that tell whether a row is numbered, and in which series."""
    condition = field.condition
    return field.scope_attnames + (condition.attnames if condition is not None else ())


def all_numbered_fields(
    using: str | None = None, apps: Apps | None = None
) -> Iterator[NumberedField]:
    """Every numbered field, each where it is declared.

    Args:
        using: leave out the models that have no table in this database.
        apps: the models to look at; None: the project's. (A migration has its own.)
    """
    for model in (apps or global_apps).get_models():
        if using is None or router.allow_migrate_model(using, model):
            yield from (field for field in numbered_fields(model) if field.model is model)


def fields_of_sequence(
    sequence: str, using: str | None = None, apps: Apps | None = None
) -> Iterator[NumberedField]:
    """The fields that share ``sequence``."""
    return (field for field in all_numbered_fields(using, apps) if field.sequence == sequence)
