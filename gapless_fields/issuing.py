"""Rows that are numbered by an UPDATE: drafts that are issued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.db.models import F
from django.utils.translation import gettext as _

from gapless_fields.adoption import take
from gapless_fields.exceptions import ScopeChanged
from gapless_fields.guards import Holds
from gapless_fields.provenance import remember, remember_scope, remembered, unchanged_scope
from gapless_fields.registry import columns_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model, QuerySet

    from gapless_fields.deferral import Deferral
    from gapless_fields.registry import NumberedField
    from gapless_fields.series import Series

    Written = tuple[Field[Any, Any] | NumberedField, type[Model] | None, Any]

_EXPRESSION = "gapless_written_"


class Update:
    """The UPDATE of one row by ``save()``.

    Args:
        rows: the queryset that selects the row.
        instance: what is being saved; None where nobody knows.
        fields: the numbered fields of the table.
        values: what is written, numbers left out, as Django passes it on.
    """

    def __init__(
        self,
        rows: QuerySet[Model],
        instance: Model | None,
        fields: Sequence[NumberedField],
        values: list[Written],
    ) -> None:
        self.rows = rows
        self.instance = instance
        self.fields = [field for field in fields if field.condition or field.scope]
        self.values = values
        self.written = {field.attname: value for field, _model, value in values}

    def guard(self) -> dict[str, Any] | None:
        """What the UPDATE may take for granted: values of the row's columns.

        The common cases need no look at the row: one that has its number, and whose series is the
        same; a draft that stays one. Should the row differ from what the instance knows (another
        process has issued it, a rollback has taken the number back), the UPDATE finds no row.

        Returns:
            None where the row must be looked at first.
        """
        guard: dict[str, Any] = {}
        for field in self.fields:
            instance = self.instance
            if instance is None:
                return None
            number = remembered(field, instance)
            scoped = not self.written.keys().isdisjoint(field.scope_attnames)
            if isinstance(number, int):
                scope = unchanged_scope(field, instance) if scoped else {}
                if scope is None:
                    return None
                if field.condition is not None:
                    # After a rollback, another process may have issued the row in another series.
                    guard |= {**scope, field.attname: number}
            elif field.condition is not None:
                if self._may_hold(field):
                    return None
                guard[field.attname] = None
            elif scoped:
                return None
        return guard

    def guarded(self, guard: dict[str, Any]) -> QuerySet[Model]:
        """The row, if it is what it was taken for."""
        columns = {field.attname: field for field in self.rows.model._meta.concrete_fields}
        return self.rows.filter(Holds({columns[name]: value for name, value in guard.items()}))

    def _may_hold(self, field: NumberedField) -> bool:
        """Whether the row may be due once it is written, as far as the instance tells."""
        condition = field.condition
        if condition is None or self.instance is None:
            return True
        for attname in condition.attnames:
            if attname not in self.written or _is_expression(self.written[attname]):
                return True  # only the database knows
        return condition.holds(self.instance)

    def run_under_lock(
        self,
        connection: BaseDatabaseWrapper,
        update: Callable[[list[Written]], Any],
        on_taking: Callable[[NumberedField], None],
        deferral: Deferral | None = None,
    ) -> Any:
        """Lock the row, see what it is and will be, and write it with the number that it is due.

        Called in a transaction.

        Args:
            connection: the database.
            update: writes values to the row, and returns what Django returns.
            on_taking: called before numbers are taken.
            deferral: what numbers the row at the end of the transaction instead.

        Raises:
            ScopeChanged: the row has a number, and would move to another series.
        """
        before = self._lock(connection, update)
        if before is None:
            return update(self.values)
        after = self._after(before)
        known: list[tuple[NumberedField, int]] = []
        due: list[tuple[Series, NumberedField]] = []
        for field in self.fields:
            number = before.__dict__[field.attname]
            if number is not None:
                self._refuse_other_series(field, number, before, after)
                known.append((field, number))
            elif field.condition is not None and field.condition.holds(after):
                due.append((field.series_for(after), field))
        if deferral is not None:
            deferral.check([field for _series, field in due])
            for _series, field in due:
                deferral.note(field, [self.instance or after])
            due = []
        given: list[tuple[NumberedField, int]] = []
        for series, field in sorted(due, key=lambda pair: pair[0].key):
            on_taking(field)
            given.append((field, take(series, 1, connection, field.model._meta.apps)[0]))
        numbered = [field for field, _number in given]
        # save(update_fields=["number"]) writes the number over itself, and nothing else.
        values = [entry for entry in self.values if entry[0] not in numbered]
        result = update([*values, *((field, None, number) for field, number in given)])
        if given and not result:
            raise DatabaseError(f"The row of {self.rows.model._meta.label} was not updated.")
        self._tell(known + given, after)
        return result

    def _lock(
        self, connection: BaseDatabaseWrapper, update: Callable[[list[Written]], Any]
    ) -> Model | None:
        """The row as it is, with what it will get from expressions as annotations; locked."""
        rows = self.rows.order_by()
        features = connection.features
        if features.has_select_for_update:
            rows = rows.select_for_update(no_key=features.has_select_for_no_key_update)
        else:
            # A write takes the lock (SQLite), and a read that became a write later would fail.
            first = self.fields[0]
            update([(first, None, F(first.attname))])
        expressions = {
            f"{_EXPRESSION}{name}": value
            for name, value in self.written.items()
            if name in self._needed() and _is_expression(value)
        }
        numbers = (field.attname for field in self.fields)
        names = dict.fromkeys([*numbers, *self._needed()])
        return next(iter(rows.annotate(**expressions).only(*names)), None)

    def _needed(self) -> list[str]:
        """The columns that tell whether a row is due, and in which series."""
        return list(dict.fromkeys(name for field in self.fields for name in columns_of(field)))

    def _after(self, before: Model) -> Model:
        """The row as it will be."""
        names = [field.attname for field in before._meta.concrete_fields]
        loaded = [name for name in names if name in before.__dict__]
        values = [before.__dict__[name] for name in loaded]
        after = type(before).from_db(str(before._state.db), loaded, values)
        for name in self._needed():
            if name in self.written:
                value = before.__dict__.get(f"{_EXPRESSION}{name}", self.written[name])
                setattr(after, name, value)
        return after

    def _refuse_other_series(
        self, field: NumberedField, number: int, before: Model, after: Model
    ) -> None:
        if not field.scope:
            return
        old, new = field.series_for(before), field.series_for(after)
        if old == new:
            return
        raise ScopeChanged(
            _(
                "%(field)s of the row with primary key %(pk)s is %(number)d of the series %(old)s. "
                "The row cannot move to the series %(new)s, which has not issued that number: "
                "cancel it, and issue another one."
            )
            % {
                "field": f"{field.model._meta.label}.{field.name}",
                "pk": before.pk,
                "number": number,
                "old": old,
                "new": new,
            }
        )

    def _tell(self, numbers: list[tuple[NumberedField, int]], after: Model) -> None:
        """Set the row's numbers on the instance."""
        if self.instance is not None:
            for field, number in numbers:
                setattr(self.instance, field.attname, number)
                remember(field, self.instance, number)
                remember_scope(field, self.instance, after)


def _is_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression")
