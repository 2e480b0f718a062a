"""The only module that writes counters.

Every function works inside a transaction that the caller has opened on ``connection``, and holds
the series' lock until that transaction ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import DatabaseError

from gapless_fields import metrics
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.counters.transactions import exhausted, lock_errors, raise_if_locked

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.counters.dialects import GenericDialect, NumberColumn
    from gapless_fields.series.series import Series


class Block(NamedTuple):
    """Numbers that were taken together."""

    numbers: Sequence[int]
    may_be_first: bool
    """True if the counter may have been created for these numbers; never False if it was."""


def take(
    series: Series,
    count: int,
    connection: BaseDatabaseWrapper,
    dialect: GenericDialect | None = None,
) -> Block:
    """Take the next ``count`` numbers.

    Raises:
        SequenceLocked: the lock could not be obtained in time.
        SequenceExhausted: fewer than ``count`` numbers are left. None is taken.
    """
    dialect = dialect or dialect_for(connection)
    started = None if metrics.observer is None else perf_counter()
    block = _take(series, count, dialect)
    if started is not None:
        metrics.taken([(series, count)], connection, perf_counter() - started)
    return block


def _take(series: Series, count: int, dialect: GenericDialect) -> Block:
    try:
        if series.reset_value is not None:
            # Lock first, then write: for a series that loops, no single statement can also tell a
            # first use from a new round.
            before = dialect.lock(series)
            numbers = series.following(before, count)
            dialect.store(series, numbers[-1])
            return Block(numbers, before is None)
        last = dialect.increment(series, count)
    except DatabaseError as error:
        if dialect.is_overflow(error):
            raise exhausted(series) from error
        raise_if_locked(dialect, error, str(series))
        raise
    return _block(series, count, last)


def take_many(wanted: Sequence[tuple[Series, int]], connection: BaseDatabaseWrapper) -> list[Block]:
    """Take the next numbers of several series that do not loop, in one statement if possible.

    Args:
        wanted: the series, which are locked in this order, and how many numbers of each.
        connection: the database.

    Raises:
        SequenceLocked: a lock could not be obtained in time.
        SequenceExhausted: a series has too few numbers left.
    """
    dialect = dialect_for(connection)
    started = None if metrics.observer is None else perf_counter()
    try:
        lasts = dialect.increment_many(wanted)
    except DatabaseError as error:
        if dialect.is_overflow(error):
            for series, count in wanted:
                last = dialect.peek(series)
                if last is not None and last > series.max_value - count:
                    raise exhausted(series) from error
        raise_if_locked(dialect, error, ", ".join(str(series) for series, _count in wanted))
        raise
    blocks = [
        _block(series, count, last) for (series, count), last in zip(wanted, lasts, strict=True)
    ]
    if started is not None:
        metrics.taken(wanted, connection, perf_counter() - started)
    return blocks


def _block(series: Series, count: int, last: int | None) -> Block:
    """Return the numbers up to the last one, which is None if the series has too few left."""
    if last is None:
        raise exhausted(series)
    first = last - count + 1
    return Block(range(first, last + 1), first == series.initial_value)


def take_for_row(
    series: Series, numbers: NumberColumn, key: Sequence[Any], connection: BaseDatabaseWrapper
) -> int | None:
    """Take the next number for a row, and write it, in one statement.

    Returns:
        The number, or None if nothing was done (see ``number_row()`` of the dialects).

    Raises:
        SequenceLocked: the lock could not be obtained in time.
    """
    started = None if metrics.observer is None else perf_counter()
    with lock_errors(connection, str(series)):
        number = dialect_for(connection).number_row(series, numbers, key)
    if started is not None and number is not None:
        metrics.taken([(series, 1)], connection, perf_counter() - started)
    return number


def peek(series: Series, connection: BaseDatabaseWrapper) -> int | None:
    """Return the last number visible to this transaction, or None if unused. Takes no lock."""
    return dialect_for(connection).peek(series)


def lock(series: Series, connection: BaseDatabaseWrapper) -> int | None:
    """Lock the counter and return its last number.

    Returns None for an unused series. Its counter exists after the call, so ``store()`` or
    ``drop()`` must follow in the same transaction.

    Raises:
        SequenceLocked: the lock could not be obtained in time.
    """
    with lock_errors(connection, str(series)):
        return dialect_for(connection).lock(series)


def store(series: Series, last: int, connection: BaseDatabaseWrapper) -> None:
    """Write the last number of a counter that ``lock()`` has locked."""
    dialect_for(connection).store(series, last)


def first(series: Series, connection: BaseDatabaseWrapper) -> int | None:
    """Return the first number of a series whose start depends on data, if it was recorded."""
    return dialect_for(connection).first(series)


def store_first(series: Series, first: int, connection: BaseDatabaseWrapper) -> None:
    """Record the first number of a series, whose counter is locked."""
    dialect_for(connection).store_first(series, first)


def last_date(series: Series, connection: BaseDatabaseWrapper) -> str | None:
    """Return the latest date of a counter that ``lock()`` has locked. None: it is not known."""
    return dialect_for(connection).last_date(series)


def store_with_date(
    series: Series, last: int, date: str | None, connection: BaseDatabaseWrapper
) -> None:
    """Write the last number, and its date, of a counter that ``lock()`` has locked."""
    dialect_for(connection).store_with_date(series, last, date)


def drop(series: Series, connection: BaseDatabaseWrapper) -> bool:
    """Delete the counter, and return whether there was one."""
    with lock_errors(connection, str(series)):
        return dialect_for(connection).drop(series)
