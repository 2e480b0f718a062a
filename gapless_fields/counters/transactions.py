"""Transactions for counters, and a database's errors as errors of this package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Never

from django.db import DatabaseError
from django.db.transaction import Atomic, atomic
from django.utils.translation import gettext as _

from gapless_fields.counters.dialects import Fault, dialect_for
from gapless_fields.django_internals.transactions import commits_on_exit
from gapless_fields.exceptions import FunctionMissing, SequenceExhausted, SequenceLocked
from gapless_fields.series.series import MAX_VALUE

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.counters.dialects import GenericDialect
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


def own_block(connection: BaseDatabaseWrapper) -> Atomic:
    """Return a block for counters and rows that are written together or not at all.

    In an atomic block of the project, it needs no savepoint. A failure breaks the project's block,
    as any failed query does, and the rollback of that block undoes everything. But if autocommit is
    off, the project may catch the error and commit, which Django allows.
    """
    spoils = connection.in_atomic_block and commits_on_exit(connection)
    return atomic(using=connection.alias, savepoint=not spoils)


@contextmanager
def begin(connection: BaseDatabaseWrapper, fields: Sequence[NumberedField]) -> Iterator[None]:
    """Open an ``own_block()`` for rows with these fields.

    Raises:
        SequenceLocked: BEGIN itself could not obtain the lock in time (SQLite).
    """
    begun = False
    try:
        with own_block(connection):
            begun = True
            yield
    except DatabaseError as error:
        if not begun:
            names = ", ".join(f'"{field.sequence}"' for field in fields)
            raise_if_locked(dialect_for(connection), error, names)
        raise


@contextmanager
def transaction_for(
    series: Series, connection: BaseDatabaseWrapper, *, nowait: bool = False
) -> Iterator[GenericDialect]:
    """Open what ``take()`` needs: a transaction if there is none, otherwise the caller's own.

    With ``nowait``, statements inside fail at once instead of waiting, and a savepoint keeps the
    caller's transaction usable afterwards. Without it, a failure breaks the caller's atomic block,
    as any failed query does.

    Raises:
        SequenceLocked: a lock could not be obtained, by ``BEGIN`` (SQLite) or by a statement
            inside.
    """
    dialect = dialect_for(connection)
    with (
        lock_errors(connection, str(series), dialect),
        dialect.nowait(series) if nowait else own_block(connection),
    ):
        yield dialect


def exhausted(series: Series) -> SequenceExhausted:
    """Return the error for a series that has no numbers left."""
    return SequenceExhausted(
        _("The sequence %(series)s has no number left: the greatest is %(max)d.")
        % {"series": series, "max": MAX_VALUE}
    )


@contextmanager
def lock_errors(
    connection: BaseDatabaseWrapper, names: str, dialect: GenericDialect | None = None
) -> Iterator[None]:
    """Turn the database's lock errors into a ``SequenceLocked`` that names the series."""
    dialect = dialect or dialect_for(connection)
    try:
        yield
    except DatabaseError as error:
        raise_if_locked(dialect, error, names)
        raise


def raise_fault(fault: Fault, error: DatabaseError, series: Series, alias: str) -> Never:
    """Raise this package's error for an INSERT that has failed because of its number."""
    if fault is Fault.EXHAUSTED:
        raise exhausted(series) from error
    if fault is Fault.LOCKED:
        raise _locked(str(series)) from error
    raise FunctionMissing(
        f'The database "{alias}" lacks the function that numbers rows as they are inserted. Run '
        f'"manage.py migrate --database {alias}".'
    ) from error


def raise_if_locked(dialect: GenericDialect, error: DatabaseError, names: str) -> None:
    """Raise ``SequenceLocked`` if ``error`` means that a lock could not be obtained."""
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
