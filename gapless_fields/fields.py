"""The field: its declaration, and ``pre_save()``, which fills it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from collections.abc import Sequence as Row
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Never

from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models, router
from django.utils.translation import gettext_lazy as _

from gapless_fields import gate
from gapless_fields.callers import warn_project
from gapless_fields.checks.declarations import check_declaration
from gapless_fields.cleaning import validate_series
from gapless_fields.conditions import When
from gapless_fields.copies import DeclaredName, numbers_rows_of
from gapless_fields.date_parts import make_part
from gapless_fields.insertion import current_insertion, is_asked_by_django
from gapless_fields.provenance import in_memory, is_explicit, track
from gapless_fields.registry import columns_of, forget_numbered_fields, label_of
from gapless_fields.scopes import Column, ScopePart
from gapless_fields.sequences import Sequence
from gapless_fields.series import Series

if TYPE_CHECKING:
    from django.db.models import Model, Q

    IntegerField = models.PositiveBigIntegerField[int | str | None, int]
else:
    IntegerField = models.PositiveBigIntegerField

_OWN_ATTRIBUTES = (
    *("sequence", "initial_value", "reset_value", "scope", "when", "_rebuilt_from"),
    *("series", "scope_parts", "scope_attnames", "depends_on_time_zone", "prepared_columns"),
    "condition",
)

__all__ = ["GaplessSequenceField"]


class GaplessSequenceField(IntegerField):
    """An integer column that every saved row gets the next number of a sequence in, without a gap.

    The number is taken when the row is inserted, in the same transaction of the same database, so
    that it is taken if, and only if, the row is committed. Not editable: ``full_clean()`` passes
    without it, and forms leave it out. It is unique, unless it loops or has a scope.

    Args:
        verbose_name: the field's label, as in any field.
        sequence: the name of the sequence. Models that name the same one share its numbers. On an
            abstract model it may hold ``%(app_label)s`` and ``%(class)s``, as ``related_name``
            does. It is not derived from the model's name, so that renaming a model keeps its
            counter.
        initial_value: the first number, from 0 to 2**63 - 1.
        reset_value: the number at which a series starts again at ``initial_value``, instead
            of giving it; None: it never does.
        scope: what divides the sequence into series, each with numbers from ``initial_value``: a
            list of names of columns, of date columns with one of Django's transforms
            (``"issued_on__year"``, ``__iso_year``, ``__quarter``, ``__month``, ``__week``,
            ``__day``, ``__date``; datetimes in the project's ``TIME_ZONE``), and of
            ``ScopePart``s such as ``FiscalYear``.
        when: when a row is numbered: the name of a column (a boolean one: true; any other: set),
            or a ``Q`` of ``exact``, ``in`` and ``isnull`` lookups of its own columns. The row gets
            its number at the first save, INSERT or UPDATE, at which it holds. None: at its INSERT.
            Needs ``null=True``.
        **options: any option of ``Field`` but ``default``, ``db_default`` and ``primary_key``.

    Raises:
        ValueError: ``editable=True`` or ``blank=False``.

    Every other mistake in a declaration is found by ``manage.py check``.
    """

    description = _("Number without gaps")

    # Not columns: a change of these alone must not make SQLite copy the table.
    non_db_attrs = (
        *models.PositiveBigIntegerField.non_db_attrs,
        "sequence",
        "initial_value",
        "reset_value",
        "scope",
        "when",
    )

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        sequence: str,
        initial_value: int = 1,
        reset_value: int | None = None,
        scope: Iterable[str | ScopePart] = (),
        when: str | Q | None = None,
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
        # One name alone is a list of one.
        self.scope = (scope,) if isinstance(scope, str) else tuple(scope)
        self.when = when
        options.setdefault("unique", self._unique_by_default)
        super().__init__(verbose_name, **options)

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        declared_on = self.__dict__.get("model") or self._rebuilt_from
        if declared_on is not None and not numbers_rows_of(cls, declared_on):
            # Copied by another package onto a model of its own (a history table), or rebuilt there
            # from what deconstruct() says: there it is a plain integer.
            for attribute in _OWN_ATTRIBUTES:
                self.__dict__.pop(attribute, None)
            self.__class__ = models.PositiveBigIntegerField  # type: ignore[assignment]
            self.contribute_to_class(cls, name, private_only)
            return
        if not cls._meta.abstract and isinstance(self.sequence, str):
            self.sequence = self.sequence.replace("%(class)s", cls.__name__.lower()).replace(
                "%(app_label)s", cls._meta.app_label.lower()
            )
        super().contribute_to_class(cls, name, private_only)
        forget_numbered_fields(cls)
        if not cls._meta.abstract:
            track(cls)
            if self.scope:
                validate_series(cls)

    def deconstruct(self) -> tuple[str, str, Row[Any], dict[str, Any]]:
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
        if path == "gapless_fields.fields.GaplessSequenceField":
            path = "gapless_fields.GaplessSequenceField"
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *check_declaration(self)]

    def clean(self, value: Any, model_instance: Model | None) -> Any:
        """Validate a number; on a copy of a row, forget the number that will give way.

        ``full_clean()`` would otherwise find that the original has it already.
        """
        value = super().clean(value, model_instance)
        if model_instance is None or is_explicit(self, model_instance):
            return value
        key = model_instance.pk if isinstance(model_instance.pk, tuple) else (model_instance.pk,)
        return None if model_instance._state.adding or None in key else value

    @property
    def _unique_by_default(self) -> bool:
        return self.reset_value is None and not self.scope

    @cached_property
    def series(self) -> Series:
        """The settings of the numbers, and the series of a sequence without a scope."""
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
    def depends_on_time_zone(self) -> bool:
        """Whether the series of a row depends on a part of a datetime."""
        return any(
            isinstance(self.model._meta.get_field(name), models.DateTimeField)
            for part in self.scope_parts
            if not isinstance(part, Column)
            for name in part.columns
        )

    @cached_property
    def prepared_columns(self) -> tuple[models.Field[Any, Any], ...]:
        """The columns that a number depends on whose fields have a ``pre_save()`` of their own."""
        names = columns_of(self)
        return tuple(
            field
            for field in self.model._meta.concrete_fields
            if field.attname in names and not type(field).pre_save.__module__.startswith("django.")
        )

    @cached_property
    def condition(self) -> When | None:
        """When a row is numbered; None: when it is inserted."""
        return None if self.when is None else When(self.when, self.model)

    def series_for(self, instance: Model) -> Series:
        """The series that numbers ``instance``, by the values that it has in memory.

        Raises:
            ScopeIncomplete: it lacks a date that the series depends on.
            ValueError: a value is an expression, which only the database can evaluate.
        """
        if not self.scope:
            return self.series
        return replace(
            self.series,
            scope=tuple(part.canonical(part.value(instance)) for part in self.scope_parts),
        )

    def sequence_for(self, instance: Model, using: str | None = None) -> Sequence:
        """The ``Sequence`` that numbers ``instance``: to look at it, or to move it.

        Args:
            instance: a row of the model, saved or not.
            using: the alias of the database; None: the one that the routers choose for it.
        """
        series = self.series_for(instance)
        return Sequence(
            series.name,
            series.initial_value,
            series.reset_value,
            scope=series.scope,
            using=using or router.db_for_write(type(instance), instance=instance),
        )

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Tell Django what to write.

        For an INSERT, what the gate has just set on the instance, or an expression that takes the
        number. For an UPDATE the number in memory, which the gate takes out again, since no number
        is ever written from there.
        """
        if not gate.installed:
            self._raise_not_installed()
        insertion = current_insertion() if add else None
        if insertion is not None:
            return insertion.number_of(self, model_instance)
        number = in_memory(model_instance, self.attname)
        # Django 6.0 and later ask before the INSERT as well.
        if add and number is None and not is_asked_by_django(sys._getframe(1)):
            self._warn_past_the_orm(model_instance)
        return number

    def _warn_past_the_orm(self, model_instance: Model) -> None:
        if self.condition is None or self.condition.holds(model_instance):
            warn_project(
                f"{label_of(self)} of a new row was asked for outside save() and bulk_create(), "
                f"which take it. If the row is inserted in another way, it has no number: call "
                f"assign_numbers() in the same transaction.",
                RuntimeWarning,
            )

    def _raise_not_installed(self) -> Never:
        state = "has not been set up yet" if apps.is_installed("gapless_fields") else "is missing"
        raise ImproperlyConfigured(
            f'{self.model._meta.label}.{self.name} cannot be numbered: "gapless_fields" {state}. '
            f'Add it to INSTALLED_APPS and run "manage.py migrate".'
        )
