"""The field: its declaration, and what Django asks of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal, Never, overload

from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models, router
from django.utils.translation import gettext_lazy as _

from gapless_fields.checks.declarations import check_declaration
from gapless_fields.rows.memory import in_memory, is_explicit, number_to_insert, track
from gapless_fields.sequences import Sequence
from gapless_fields.series.copies import numbers_rows_of
from gapless_fields.series.numbered_field import (
    OWN_ATTRIBUTES,
    GetType,
    NumberedField,
    SetType,
)
from gapless_fields.series.registry import forget_numbered_fields
from gapless_fields.writing import gate
from gapless_fields.writing.project_lines import is_part_of_orm, warn_project
from gapless_fields.writing.saves import watch_saves
from gapless_fields.writing.validation import validate_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import Model, Q
    from django.utils.functional import _StrOrPromise

    from gapless_fields.series.scopes import ScopePart

__all__ = ["GaplessSequenceField"]


class GaplessSequenceField(NumberedField[SetType, GetType]):
    """An integer column in which every saved row gets the next number of a sequence without gaps.

    The number is taken when the row is inserted, in the same transaction of the same database. It
    is therefore taken if, and only if, the row is committed. The field is not editable:
    ``full_clean()`` passes without a value, and forms leave the field out. It is unique, unless it
    loops or has a scope.

    Args:
        verbose_name: the field's label, as in any field.
        sequence: the name of the sequence. Models that name the same sequence share its numbers. On
            an abstract model, the name may contain ``%(app_label)s`` and ``%(class)s``, as in
            ``related_name``. The name is not derived from the model's name, so that renaming a
            model keeps its counter.
        initial_value: the first number, from 0 to 2**63 - 1, or a function that returns it for a
            row. The function is called once for each series, at its first use, so that its result
            may depend on what the series depends on, such as the row's company.
        reset_value: the number at which a series starts again at ``initial_value``, instead of
            giving it. None means never.
        scope: what divides the sequence into series, each of which starts at ``initial_value``. It
            is a list of names of columns, of date columns with one of Django's transforms
            (``"issued_on__year"``, ``__iso_year``, ``__quarter``, ``__month``, ``__week``,
            ``__day``, ``__date``; datetimes in the project's ``TIME_ZONE``), and of ``ScopePart``s
            such as ``FiscalYear``.
        when: the condition under which a row is numbered. It is the name of a column, or a ``Q`` of
            ``exact``, ``in`` and ``isnull`` lookups of the row's own columns. A boolean column must
            be true, any other must be set. The row gets its number at the first save, INSERT or
            UPDATE, at which the condition holds. With None, the row is numbered at its INSERT.
            Needs ``null=True``.
        chronological: the name of a date or datetime column. Within a series, a higher number then
            never has an earlier date: a row with an earlier date than the latest is refused, and
            takes no number. The date of a numbered row cannot be changed.
        **options: any option of ``Field`` except ``default``, ``db_default`` and ``primary_key``.

    Raises:
        ValueError: ``editable=True`` or ``blank=False``.

    ``manage.py check`` finds every other mistake in a declaration.
    """

    description = _("Number without gaps")

    if TYPE_CHECKING:  # the number of a row is an int, or an int or None with null=True

        @overload
        def __init__(
            self: GaplessSequenceField[int | str | None, int],
            verbose_name: _StrOrPromise | None = None,
            *,
            sequence: str,
            initial_value: int | Callable[[Any], int] = 1,
            reset_value: int | None = None,
            scope: Iterable[str | ScopePart] = (),
            when: str | Q | None = None,
            chronological: str | None = None,
            null: Literal[False] = False,
            **options: Any,
        ) -> None: ...

        @overload
        def __init__(
            self: GaplessSequenceField[int | str | None, int | None],
            verbose_name: _StrOrPromise | None = None,
            *,
            sequence: str,
            initial_value: int | Callable[[Any], int] = 1,
            reset_value: int | None = None,
            scope: Iterable[str | ScopePart] = (),
            when: str | Q | None = None,
            chronological: str | None = None,
            null: Literal[True],
            **options: Any,
        ) -> None: ...

        def __init__(self, *args: Any, **options: Any) -> None: ...

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        declared_on = self.__dict__.get("model") or self._rebuilt_from
        if declared_on is not None and not numbers_rows_of(cls, declared_on):
            # Copied by another package to a model of its own (a history table), or rebuilt there
            # from deconstruct(): there, it is a plain integer field.
            for attribute in OWN_ATTRIBUTES:
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
            watch_saves(cls)
            if self.scope or self.chronological:
                validate_series(cls)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *check_declaration(self)]

    def clean(self, value: Any, model_instance: Model | None) -> Any:
        """Validate a number. On a copy of a row, discard the number, which will be replaced.

        Otherwise ``full_clean()`` would find that the original already has it.
        """
        value = super().clean(value, model_instance)
        if model_instance is None or is_explicit(self, model_instance):
            return value
        key = model_instance.pk if isinstance(model_instance.pk, tuple) else (model_instance.pk,)
        return None if model_instance._state.adding or None in key else value

    def sequence_for(self, instance: Model, using: str | None = None) -> Sequence:
        """Return the ``Sequence`` that numbers ``instance``, to inspect or move it.

        Args:
            instance: a row of the model, saved or not.
            using: the alias of the database; None: the one that the routers choose for it.
        """
        series = self.series_for(instance).started()
        return Sequence(
            series.name,
            series.initial_value,
            series.reset_value,
            scope=series.scope,
            using=using or router.db_for_write(type(instance), instance=instance),
        )

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Return the value for Django to write.

        For an INSERT, this is what the gate has just prepared: a number, or an expression that
        takes it. For an UPDATE, it is the number in memory, which the gate does not write.
        """
        if not gate.installed:
            self._raise_not_installed()
        if not add:
            return in_memory(model_instance, self.attname)
        number = number_to_insert(self, model_instance)
        if number is None and not is_part_of_orm(sys._getframe(1)):
            self._warn_past_the_orm(model_instance)
        return number

    def _warn_past_the_orm(self, model_instance: Model) -> None:
        if self.condition is None or self.condition.holds(model_instance):
            warn_project(
                f"The value of {self} of a new row was read outside save() and bulk_create(), "
                f"which take the number. If the row is inserted in another way, it has no number: "
                f"call assign_numbers() in the same transaction.",
                RuntimeWarning,
            )

    def _raise_not_installed(self) -> Never:
        state = "has not been set up yet" if apps.is_installed("gapless_fields") else "is missing"
        raise ImproperlyConfigured(
            f'{self} cannot be numbered: "gapless_fields" {state}. '
            f'Add it to INSTALLED_APPS and run "manage.py migrate".'
        )
