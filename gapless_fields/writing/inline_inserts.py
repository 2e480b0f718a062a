"""A row whose number is taken inside its INSERT: one statement, no round trip under the lock.

This needs a database with a function for it (PostgreSQL), and works only for a single number: two
series must be locked in sorted order, and the order of the columns may differ from that. It also
works only in an INSERT: if the row of an UPDATE was changed meanwhile, PostgreSQL evaluates the
expressions a second time, and the first number would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.db.transaction import atomic

from gapless_fields.counters.dialects import Fault, dialect_for
from gapless_fields.counters.early_release import wait_for_disk
from gapless_fields.counters.transactions import raise_fault
from gapless_fields.django_internals import commits_on_exit
from gapless_fields.rows.memory import give, in_memory, taken_by_insert
from gapless_fields.writing.first_use import behind, refuse_if_numbered

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model

    from gapless_fields.counters.dialects import NextValue
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
        connection: BaseDatabaseWrapper,
        next_value: NextValue,
    ) -> None:
        self.row = row
        self.field = field
        self.series = series
        self.connection = connection
        self.next_value = next_value

    def run(
        self, insert: Callable[[Returning], list[Any]], returning: Returning
    ) -> list[Any] | None:
        """Run the INSERT, and set the number that it has taken on the row.

        Args:
            insert: inserts the row and returns what Django returns, for these columns.
            returning: the columns that Django itself wants back.

        Returns:
            What Django would have returned. None if this is the series' first use in autocommit
            mode, which needs a transaction. Nothing was written then.

        Raises:
            DurabilityUnknown: the connection was lost after the row was committed.
            FunctionMissing: the database's function does not exist.
            SequenceExhausted: the series has no number left.
            SequenceLocked: the database's lock timeout has expired.
            SequenceNotSynced: a row already carries the number, or the series is unused and rows
                carry its numbers.
        """
        alias = self.connection.alias
        # No savepoint, but a failure breaks the block, which Django 6.1's bulk_create() neglects.
        # In autocommit mode there is no block, and a first use is tried again.
        block = atomic(alias, savepoint=False) if self.connection.in_atomic_block else nullcontext()
        try:
            with block:
                with taken_by_insert(self.field, self.row, self.next_value):
                    ((*values, number),) = insert([*returning, self.field])
                if number == self.series.initial_value and self.connection.in_atomic_block:
                    self._check_first_use(dict(zip(returning, values, strict=True)))
        except DatabaseError as error:
            fault = self.next_value.fault(error, str(self.field.column))
            if fault is None:
                raise
            if fault is Fault.FIRST_USE:
                return None
            if fault is Fault.DOUBLE:
                raise behind(self.series, self.field, self.connection) from error
            raise_fault(fault, error, self.series, alias)
        give(self.field, [(self.row, number)])
        if self.next_value.early and not self.connection.in_atomic_block:
            wait_for_disk(self.connection)
        return [tuple(values)] if returning else []

    def _check_first_use(self, returned: dict[Any, Any]) -> None:
        """Refuse the row if it is the first of its series, and others carry its numbers."""
        if not self.next_value.was_first_use(self.connection):
            return
        model = self.field.model
        parts = [
            returned.get(part, in_memory(self.row, part.attname)) for part in model._meta.pk_fields
        ]
        key = tuple(parts) if len(parts) > 1 else parts[0]
        first = self.series.initial_value
        refuse_if_numbered(
            self.series, first, self.connection, model._meta.apps, besides=(model, key)
        )


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
    if connection.in_atomic_block:
        if not commits_on_exit(connection):
            return None  # see own_block()
    elif not connection.get_autocommit():
        return None
    series = field.series_for(row)
    next_value = dialect_for(connection).next_value(series, may_be_first=connection.in_atomic_block)
    if next_value is None:
        return None
    return InlineInsert(row, field, series, connection, next_value)
