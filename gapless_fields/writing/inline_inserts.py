"""A row whose number is taken inside its INSERT: one statement, no round trip under the lock.

This needs a database with a function for it (PostgreSQL, MariaDB, MySQL), and works only for a
single number: two series must be locked in sorted order, and the order of the columns may differ
from that. It also works only in an INSERT: if the row of an UPDATE was changed meanwhile,
PostgreSQL evaluates the expressions a second time, and the first number would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.db.models import AutoField
from django.db.transaction import atomic

from gapless_fields import metrics
from gapless_fields.counters import writer
from gapless_fields.counters.dialects import Fault, dialect_for
from gapless_fields.counters.early_release import wait_for_disk
from gapless_fields.counters.transactions import raise_fault
from gapless_fields.django_internals.transactions import commits_on_exit
from gapless_fields.rows.memory import give, in_memory, taken_by_insert
from gapless_fields.rows.number_column import read_number
from gapless_fields.rows.reading import has_key
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.writing.first_use import behind, deleted_meanwhile, refuse_if_numbered

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model

    from gapless_fields.counters.dialects import GenericDialect, NextValue
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series

    Returning = Sequence[Field[Any, Any] | NumberedField]


class InlineInsert:
    """The INSERT of one row, which takes one number by itself."""

    def __init__(
        self,
        row: Model,
        field: NumberedField,
        series: Series,
        dialect: GenericDialect,
        next_value: NextValue,
    ) -> None:
        self.row = row
        self.field = field
        self.series = series
        self.dialect = dialect
        self.connection = dialect.connection
        self.next_value = next_value

    def run(
        self, insert: Callable[[Returning], list[Any]], returning: Returning
    ) -> list[Any] | None:
        """Run the INSERT, and set the number that it has taken on the row.

        Args:
            insert: inserts the row and returns what Django returns, for these columns.
            returning: the columns that Django itself wants back.

        Returns:
            What Django would have returned. None if nothing was written, because this is the
            series' first use in autocommit mode, which needs a transaction, or because the
            database's function cannot be called, and a number can do without it.

        Raises:
            DurabilityUnknown: the connection was lost after the row was committed.
            FunctionMissing: the database's function does not exist, and no number can do without.
            SequenceExhausted: the series has no number left.
            SequenceLocked: the database's lock timeout has expired.
            SequenceNotSynced: a row already carries the number, or the series is unused and rows
                carry its numbers.
        """
        # No savepoint, but a failure breaks the block, which Django 6.1's bulk_create() neglects.
        # In autocommit mode there is no block, and a first use is tried again.
        in_block = self.connection.in_atomic_block
        started = waited = None if metrics.observer is None else perf_counter()
        with atomic(self.connection.alias, savepoint=False) if in_block else nullcontext():
            try:
                with taken_by_insert(self.field, self.row, self.next_value):
                    values, number = self._insert(insert, returning)
                if started is not None:
                    waited = perf_counter() - started
            except DatabaseError as error:
                if self._can_be_tried_again(error):
                    return None
                raise
            if not self._is_returned:
                number = self._read_number(values)
            if number == self.series.initial_value and in_block and self.series.start is None:
                self._check_first_use(dict(zip(returning, values, strict=True)))
        give(self.field, [(self.row, number)])
        if self.next_value.early and not in_block:
            wait_for_disk(self.connection)
        if waited is not None:
            metrics.taken([(self.series, 1)], self.connection, waited)
        return [tuple(values)] if returning and values else []

    @property
    def _is_returned(self) -> bool:
        """Whether the INSERT returns the number, as it does not on MySQL."""
        return bool(self.connection.features.can_return_columns_from_insert)

    def _insert(
        self, insert: Callable[[Returning], list[Any]], returning: Returning
    ) -> tuple[Sequence[Any], int | None]:
        """Insert the row, and return the columns that Django wants back, and the number."""
        if self._is_returned:
            ((*values, number),) = insert([*returning, self.field])
            return values, number
        rows = insert(returning or self.field.model._meta.pk_fields)
        return [value for row in rows for value in row], None

    def _read_number(self, values: Sequence[Any]) -> int | None:
        """Return the number of the row, None if the row is gone.

        Not from a variable of the session, which may be another one by now: some proxies send each
        statement of autocommit mode where they like. They send a read that locks to the database
        that was written to; but it must not wait for whoever has locked the new row already.

        Args:
            values: the automatic key, if the row has one; all that MySQL returns.
        """
        key = self._key({}) if has_key(self.row, self.field.model) else values[0]
        found = read_number(key, self.field, self.connection, lock="skip locked")
        found = found or read_number(key, self.field, self.connection, lock=None)
        return found and found[0]

    def _can_be_tried_again(self, error: DatabaseError) -> bool:
        """Return whether the number can be taken in another way, after an INSERT that has failed.

        Raises:
            What ``run()`` raises.
        """
        fault = self.next_value.fault(error, self.connection)
        if fault is None:
            table, column = self.field.model._meta.db_table, str(self.field.column)
            if self.dialect.is_double(error, table, column):
                raise behind(self.series, self.field, self.connection) from error
            return False
        if fault is Fault.FIRST_USE and self.connection.in_atomic_block:
            raise deleted_meanwhile(self.series) from error  # its start depends on data
        if fault is Fault.NOT_CALLABLE:
            self.dialect.do_without_function()
        elif fault not in (Fault.FIRST_USE, Fault.NOT_HERE):
            raise_fault(fault, error, self.series, self.connection.alias)
        return True

    def _check_first_use(self, returned: dict[Any, Any]) -> None:
        """Refuse the row if it is the first of its series, and others carry its numbers."""
        if not self.next_value.was_first_use(self.connection):
            return
        model = self.field.model
        first = self.series.initial_value
        besides = model, self._key(returned)
        refuse_if_numbered(self.series, first, self.connection, model._meta.apps, besides)

    def _key(self, returned: dict[Any, Any]) -> Any:
        """Return the row's primary key, from memory and the columns that were returned."""
        parts = [
            returned.get(part, in_memory(self.row, part.attname))
            for part in self.field.model._meta.pk_fields
        ]
        return tuple(parts) if len(parts) > 1 else parts[0]


def inline_insert(
    row: Model, field: NumberedField, connection: BaseDatabaseWrapper
) -> InlineInsert | None:
    """Return how to insert the row with its number in one statement, None if not possible.

    Args:
        row: the only row of the statement, which has no number of its own.
        field: the only field that needs a number.
        connection: the database.

    Raises:
        ScopeIncomplete: the row lacks a date that the series depends on.
    """
    if field.chronological is not None:
        return None  # the date is compared first
    if texts_of(field):
        return None  # the number is needed to make them
    if connection.in_atomic_block:
        if not commits_on_exit(connection):
            return None  # see own_block()
    elif not connection.get_autocommit():
        return None
    if not connection.features.can_return_columns_from_insert and not (
        has_key(row, field.model) or isinstance(field.model._meta.pk, AutoField)
    ):
        return None
    series = field.series_for(row)
    in_block = connection.in_atomic_block
    dialect = dialect_for(connection)
    next_value = dialect.next_value(series, may_be_first=in_block and series.start is None)
    if next_value is None:
        return None
    if series.start is not None and in_block and writer.peek(series, connection) is None:
        return None  # its start depends on data, which is asked before the first use
    return InlineInsert(row, field, series, dialect, next_value)
