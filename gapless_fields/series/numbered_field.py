"""What a numbered field declares, and the series that this gives each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import models

from gapless_fields.series.copies import DeclaredName
from gapless_fields.series.date_parts import make_part
from gapless_fields.series.scopes import Column, ScopePart
from gapless_fields.series.series import Series
from gapless_fields.series.when import Condition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, Q
    from django.db.models import PositiveBigIntegerField as BaseField
    from django.utils.functional import _StrOrPromise
    from typing_extensions import TypeVar

    # What can be assigned to the attribute of a row, and what it is. The annotation "NumberedField"
    # alone stands for every field.
    SetType = TypeVar("SetType", contravariant=True, default=Any)
    GetType = TypeVar("GetType", covariant=True, default=Any)
else:
    SetType = GetType = None

    class BaseField(models.PositiveBigIntegerField):
        """Django's class, which only type checkers know as a generic one."""

        def __class_getitem__(cls, types):
            return cls


OWN_ATTRIBUTES = (
    *("sequence", "initial_value", "reset_value", "scope", "when", "chronological"),
    *("_rebuilt_from", "series", "scope_parts", "scope_attnames", "kept_attnames"),
    *("depends_on_time_zone", "prepared_columns", "condition", "depends_on"),
)
"""What ``NumberedField`` adds to an instance of ``PositiveBigIntegerField``."""


class NumberedField(BaseField[SetType, GetType]):
    """The declaration of a ``GaplessSequenceField``, which documents the arguments.

    This is all that the rest of the package needs from a field. It writes nothing.
    """

    # Not attributes of the column: a change of these alone must not make SQLite copy the table.
    non_db_attrs = (
        *models.PositiveBigIntegerField.non_db_attrs,
        "sequence",
        "initial_value",
        "reset_value",
        "scope",
        "when",
        "chronological",
    )

    def __init__(
        self,
        verbose_name: _StrOrPromise | None = None,
        *,
        sequence: str,
        initial_value: int | Callable[[Any], int] = 1,
        reset_value: int | None = None,
        scope: Iterable[str | ScopePart] = (),
        when: str | Q | None = None,
        chronological: str | None = None,
        **options: Any,
    ) -> None:
        if options.setdefault("editable", False):
            raise ValueError("GaplessSequenceField cannot be editable.")
        if not options.setdefault("blank", True):
            raise ValueError("GaplessSequenceField must be blank.")
        self.sequence = str(sequence) if isinstance(sequence, DeclaredName) else sequence
        self._rebuilt_from = sequence.model if isinstance(sequence, DeclaredName) else None
        self.initial_value = initial_value
        self.reset_value = reset_value
        # A single name is a list of one.
        self.scope = (scope,) if isinstance(scope, str) else tuple(scope)
        self.when = when
        self.chronological = chronological
        options.setdefault("unique", self._unique_by_default)
        super().__init__(verbose_name, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for option in ("editable", "unique"):  # a subclass may have dropped them
            kwargs.pop(option, None)
        kwargs["blank"] = True  # for packages that ask here whether a value is required
        if self.unique != self._unique_by_default:
            kwargs["unique"] = self.unique
        kwargs["sequence"] = DeclaredName(self.sequence, getattr(self, "model", None))
        if self.initial_value != 1:
            kwargs["initial_value"] = self.initial_value
        if self.reset_value is not None:
            kwargs["reset_value"] = self.reset_value
        if self.scope:
            kwargs["scope"] = list(self.scope)
        if self.when is not None:
            kwargs["when"] = self.when
        if self.chronological is not None:
            kwargs["chronological"] = self.chronological
        if path == "gapless_fields.fields.GaplessSequenceField":
            path = "gapless_fields.GaplessSequenceField"
        return name, path, args, kwargs

    @property
    def _unique_by_default(self) -> bool:
        return self.reset_value is None and not self.scope

    @cached_property
    def series(self) -> Series:
        """The settings of the numbers, and the series of a sequence without a scope."""
        if callable(self.initial_value):
            return Series(self.sequence, 1, self.reset_value, start=_no_row)
        return Series(self.sequence, self.initial_value, self.reset_value)

    @cached_property
    def scope_parts(self) -> tuple[ScopePart, ...]:
        """What divides the sequence into series."""
        return tuple(make_part(part, self.model) for part in self.scope)

    @cached_property
    def scope_attnames(self) -> tuple[str, ...]:
        """The columns that the series of a row depends on."""
        names = dict.fromkeys(name for part in self.scope_parts for name in part.columns)
        return tuple(self.model._meta.get_field(name).attname for name in names)  # type: ignore[union-attr]

    @cached_property
    def kept_attnames(self) -> tuple[str, ...]:
        """The columns that a row keeps once it has its number: its series', and its date."""
        if self.chronological is None:
            return self.scope_attnames
        date: models.Field[Any, Any] = self.model._meta.get_field(self.chronological)  # type: ignore[assignment]
        return tuple(dict.fromkeys([*self.scope_attnames, date.attname]))

    @cached_property
    def depends_on_time_zone(self) -> bool:
        """Whether the series of a row depends on a part of a datetime."""
        return any(
            isinstance(self.model._meta.get_field(name), models.DateTimeField)
            for part in self.scope_parts
            if not isinstance(part, Column)
            for name in part.columns
        )

    @cached_property
    def condition(self) -> Condition | None:
        """The condition under which a row is numbered. None: when it is inserted."""
        return None if self.when is None else Condition(self.when, self.model)

    def series_for(self, instance: Model) -> Series:
        """Return the series that numbers ``instance``, by its values in memory.

        Raises:
            ScopeIncomplete: the instance lacks a date that the series depends on.
            ValueError: a value is an expression, which only the database can evaluate.
        """
        if not self.scope and not callable(self.initial_value):
            return self.series
        return replace(
            self.series,
            scope=tuple(part.canonical(part.value(instance)) for part in self.scope_parts),
            start=partial(self.initial_value, instance) if callable(self.initial_value) else None,
        )

    @cached_property
    def depends_on(self) -> tuple[str, ...]:
        """The columns that decide whether a row is numbered, and with which number."""
        condition = self.condition
        return self.kept_attnames + (condition.attnames if condition is not None else ())

    @cached_property
    def prepared_columns(self) -> tuple[models.Field[Any, Any], ...]:
        """The columns among them whose fields have their own ``pre_save()``."""
        return with_own_pre_save(self.model, self.depends_on)


def with_own_pre_save(
    model: type[Model], attnames: Sequence[str]
) -> tuple[models.Field[Any, Any], ...]:
    """Return those of some columns whose fields have a ``pre_save()`` that is not Django's."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.attname in attnames and not type(field).pre_save.__module__.startswith("django.")
    )


def _no_row() -> NoReturn:
    raise ValueError("initial_value depends on a row, and there is none to ask")
