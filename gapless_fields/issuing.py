"""Rows that ``save()`` updates: drafts that are issued, and rows that keep their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from gapless_fields.adoption import take
from gapless_fields.changes import check_same_series, moves
from gapless_fields.guards import Holds
from gapless_fields.provenance import remember, remember_scope, remembered, unchanged_scope
from gapless_fields.registry import columns_of, label_of
from gapless_fields.rows import (
    begin_writing,
    is_expression,
    locked,
    plain,
    read,
    read_by_keys,
    readable,
    row_of,
)

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
        self.fields = fields
        self.values = values
        self.written = {field.attname: value for field, _model, value in values}

    def guard(self) -> dict[str, Any] | None:
        """What the UPDATE may take for granted: values of the row's columns.

        The common cases need no look at the row: one that has its number, and whose series is the
        same; a draft that stays one. Should the row differ from what the instance knows (another
        process has issued it, a rollback has taken the number back, or the whole row, whose key
        another row has got), the UPDATE finds no row.

        Returns:
            None where the row must be looked at first.
        """
        guard: dict[str, Any] = {}
        for field in self.fields:
            scoped = not self.written.keys().isdisjoint(field.scope_attnames)
            instance = self.instance
            if instance is None:
                if scoped or field.condition is not None:
                    return None
                continue
            number = remembered(field, instance)
            if isinstance(number, int):
                scope = unchanged_scope(field, instance, self.written) if scoped else {}
                if scope is None:
                    return None
                guard |= {**scope, field.attname: number}
            elif field.condition is not None:
                if self._may_hold(field):
                    return None
                guard[field.attname] = None
            elif scoped:
                return None
        return guard

    @contextmanager
    def guarded(self, guard: dict[str, Any]) -> Iterator[QuerySet[Model]]:
        """The row, if it is what it was taken for."""
        rows, where = self.rows, self.rows.query.where
        if len(rows.query.alias_map) > 1 or where.negated or where.connector != "AND":
            # A base manager that joins: name the table.
            null = {f"{name}__isnull": True for name, value in guard.items() if value is None}
            held = {name: value for name, value in guard.items() if value is not None}
            yield rows.filter(**null, **held)
            return
        # What filter() does, less the 60 µs in which it copies the query and finds out what an
        # expression refers to.
        options = rows.model._meta
        holds = Holds({options.get_field(name): value for name, value in guard.items()})  # type: ignore[misc]
        children: list[Any] = where.children
        children.append(holds)
        try:
            yield rows
        finally:
            children.pop()

    def _may_hold(self, field: NumberedField) -> bool:
        """Whether the row may be due once it is written, as far as the instance tells."""
        condition = field.condition
        if condition is None or self.instance is None:
            return True
        for attname in condition.attnames:
            if attname not in self.written or is_expression(self.written[attname]):
                return True  # only the database knows
        # As it is written: a field's pre_save() may not tell the instance.
        return condition.holds(row_of(type(self.instance), "", self.written))

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
            ValueError: an expression was stored otherwise than it was told before.
        """
        found = self._lock(connection)
        if found is None:
            return update(self.values)
        key, before, after = found
        known: list[tuple[NumberedField, int]] = []
        due: list[tuple[Series, NumberedField]] = []
        for field in self.fields:
            number = before.__dict__[field.attname]
            if number is not None:
                check_same_series(field, before, after)
                known.append((field, number))
            elif field.condition is not None and field.condition.holds(after):
                due.append((field.series_for(after), field))
        if deferral is not None:
            deferral.check([field for _series, field in due])
            for _series, field in due:
                new = field.condition is not None and not field.condition.holds(before)
                deferral.note(field, key, self.instance, new=new)
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
        self._check_stored(key, after, connection)
        self._tell(known + given, after)
        return result

    def _lock(self, connection: BaseDatabaseWrapper) -> tuple[Any, Model, Model] | None:
        """Lock the row: its key, what it is, and what it will be; None where there is none."""
        model, alias = self.rows.model, connection.alias
        columns = {field.attname: field for field in model._meta.concrete_fields}
        expressions = {
            f"{_EXPRESSION}{name}": readable(value, columns[name])
            for name, value in self.written.items()
            if name in self._needed and is_expression(value)
        }
        begin_writing(model, connection)
        rows = locked(plain(self.rows).annotate(**expressions), connection)
        for key, before in read(rows, [*self._names, *expressions], alias).items():
            values = before.__dict__ | {
                name: before.__dict__.get(f"{_EXPRESSION}{name}", value)
                for name, value in self.written.items()
                if name in self._needed
            }
            return key, before, row_of(model, alias, values)
        return None

    @cached_property
    def _needed(self) -> list[str]:
        """The columns that tell whether a row is due, and in which series."""
        return list(dict.fromkeys(name for field in self.fields for name in columns_of(field)))

    @property
    def _names(self) -> list[str]:
        return [*(field.attname for field in self.fields), *self._needed]

    def _check_stored(self, key: Any, after: Model, connection: BaseDatabaseWrapper) -> None:
        """Refuse an expression that the database has stored otherwise than it told before.

        It may be rounded by the column, or give another value each time.
        """
        if not any(is_expression(self.written.get(name)) for name in self._needed):
            return
        found = read_by_keys(self.rows.model, [key], self._names, connection)
        for stored in found.values():
            for field in self.fields:
                number, condition = stored.__dict__[field.attname], field.condition
                if (
                    moves(field, after, stored)
                    if number is not None
                    else condition is not None and condition.holds(after) != condition.holds(stored)
                ):
                    names = ", ".join(columns_of(field))
                    raise ValueError(
                        f"The database has not stored what an expression for {names} of "
                        f"{field.model._meta.label} gave before. {label_of(field)} depends on it: "
                        f"assign a value."
                    )

    def _tell(self, numbers: list[tuple[NumberedField, int]], after: Model) -> None:
        """Set the row's numbers on the instance."""
        if self.instance is not None:
            for field, number in numbers:
                setattr(self.instance, field.attname, number)
                remember(field, self.instance, number)
                remember_scope(field, self.instance, after)
