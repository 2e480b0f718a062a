"""The only writer of counters.

Every function works inside a transaction that the caller has opened on ``connection``, and holds
the series' lock until that transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Never

from django.db import DatabaseError
from django.db.transaction import Atomic, atomic
from django.utils.translation import gettext as _

from gapless_fields.dialects import Fault, dialect_for
from gapless_fields.exceptions import FunctionMissing, SequenceExhausted, SequenceLocked
from gapless_fields.series import MAX_VALUE

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.dialects import GenericDialect, NumberColumn
    from gapless_fields.series import Series


class Block(NamedTuple):
    """Numbers that were taken together."""

    numbers: Sequence[int]
    may_be_first: bool
    """True where the counter may have been created for these numbers; never False where it was."""


def own_block(connection: BaseDatabaseWrapper) -> Atomic:
    """A block for counters and rows that are written together, or not at all.

    In an atomic block of the project it needs no savepoint: a failure spoils that block, as any
    failed query does, and its rollback takes everything back. But where autocommit is off, the
    project may catch the error and commit, and Django lets it.
    """
    spoils = connection.in_atomic_block and connection.commit_on_exit
    return atomic(using=connection.alias, savepoint=not spoils)


@contextmanager
def transaction_for(
    series: Series, connection: BaseDatabaseWrapper, *, nowait: bool = False
) -> Iterator[GenericDialect]:
    """Open what ``take()`` needs: a transaction where there is none, the caller's own otherwise.

    With ``nowait``, what is inside fails at once where it would wait, and a savepoint keeps the
    caller's transaction usable after that. Without, a failure spoils the caller's atomic block, as
    that of any query does.

    Raises:
        SequenceLocked: a lock could not be had, by ``BEGIN`` (SQLite) or by what is inside.
    """
    dialect = dialect_for(connection)
    with (
        lock_errors(connection, str(series), dialect),
        dialect.nowait(series) if nowait else own_block(connection),
    ):
        yield dialect


def take(
    series: Series,
    count: int,
    connection: BaseDatabaseWrapper,
    dialect: GenericDialect | None = None,
) -> Block:
    """Take the next ``count`` numbers.

    Raises:
        SequenceLocked: the lock could not be had in time.
        SequenceExhausted: fewer than ``count`` numbers are left; none is taken.
    """
    dialect = dialect or dialect_for(connection)
    try:
        if series.reset_value is not None:
            # Locked first and written then: a loop has no single statement that also tells a
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
    if last is None:
        raise exhausted(series)
    first = last - count + 1
    return Block(range(first, last + 1), first == series.initial_value)


def take_for_row(
    series: Series, numbers: NumberColumn, key: Sequence[Any], connection: BaseDatabaseWrapper
) -> int | None:
    """Take the next number for a row, and write it, in one statement.

    Returns:
        The number; None where nothing was done (see ``number_row()`` of the dialects).

    Raises:
        SequenceLocked: the lock could not be had in time.
    """
    with lock_errors(connection, str(series)):
        return dialect_for(connection).number_row(series, numbers, key)


def peek(series: Series, connection: BaseDatabaseWrapper) -> int | None:
    """Return the last number that this transaction can see, None for an unused series; no lock."""
    return dialect_for(connection).peek(series)


def lock(series: Series, connection: BaseDatabaseWrapper) -> int | None:
    """Lock the counter and return its last number.

    None for an unused series, whose counter now exists: ``store()`` or ``drop()`` must follow in
    the same transaction.

    Raises:
        SequenceLocked: the lock could not be had in time.
    """
    with lock_errors(connection, str(series)):
        return dialect_for(connection).lock(series)


def store(series: Series, last: int, connection: BaseDatabaseWrapper) -> None:
    """Write the last number of a counter that ``lock()`` has locked."""
    dialect_for(connection).store(series, last)


def drop(series: Series, connection: BaseDatabaseWrapper) -> bool:
    """Delete the counter, and tell whether there was one."""
    with lock_errors(connection, str(series)):
        return dialect_for(connection).drop(series)


def exhausted(series: Series) -> SequenceExhausted:
    """The error for a series that has no such number."""
    return SequenceExhausted(
        _("The sequence %(series)s has no number left: the greatest is %(max)d.")
        % {"series": series, "max": MAX_VALUE}
    )


@contextmanager
def lock_errors(
    connection: BaseDatabaseWrapper, names: str, dialect: GenericDialect | None = None
) -> Iterator[None]:
    """Turn the database's lock errors inside into a ``SequenceLocked`` that names the series."""
    dialect = dialect or dialect_for(connection)
    try:
        yield
    except DatabaseError as error:
        raise_if_locked(dialect, error, names)
        raise


def raise_fault(fault: Fault, error: DatabaseError, series: Series, alias: str) -> Never:
    """Raise the error of this package for an INSERT that has failed because of its number."""
    if fault is Fault.EXHAUSTED:
        raise exhausted(series) from error
    if fault is Fault.LOCKED:
        raise _locked(str(series)) from error
    raise FunctionMissing(
        f'The database "{alias}" lacks the function that numbers rows as they are inserted. Run '
        f'"manage.py migrate --database {alias}".'
    ) from error


def raise_if_locked(dialect: GenericDialect, error: DatabaseError, names: str) -> None:
    """Raise ``SequenceLocked`` where ``error`` says that a lock could not be had."""
    if isinstance(error, SequenceLocked) or not dialect.is_lock_error(error):
        return
    raise _locked(names) from error


def _locked(names: str) -> SequenceLocked:
    return SequenceLocked(
        _(
            "The sequence %(series)s is locked by another transaction that has not ended. "
            "Nothing was numbered: try again."
        )
        % {"series": names}
    )
