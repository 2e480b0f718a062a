"""Everything this package raises or warns about; each message says what to do next."""

from __future__ import annotations

from django.db import (
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

__all__ = [
    "FunctionMissing",
    "GaplessError",
    "GaplessOutsideAtomicWarning",
    "NumberChanged",
    "NumberInUse",
    "NumberNotIssued",
    "OnConflictNotSupported",
    "ScopeChanged",
    "ScopeIncomplete",
    "SequenceExhausted",
    "SequenceLocked",
    "SequenceNotSynced",
    "TimeZonesMissing",
]


class GaplessError(Exception):
    """The base class of every error of this package."""


class SequenceLocked(GaplessError, OperationalError):
    """The series is locked by another transaction: nothing was numbered, try again.

    Raised by ``nowait=True``, and by a save or a call that ran into the database's lock time-out.
    """


class SequenceExhausted(GaplessError, DataError):
    """The series has no numbers left: the next one would be greater than 2**63 - 1."""


class SequenceNotSynced(GaplessError, IntegrityError):
    """The series is used for the first time, but its rows already carry numbers.

    ``manage.py sync_sequences`` moves the counter to the highest number in use.
    """


class NumberNotIssued(GaplessError, IntegrityError):
    """A row that is being inserted brings a number along, which its series has not given to it.

    Leave the number out to get the next one, or import the row inside ``accept_numbers()``.
    """


class NumberInUse(GaplessError, IntegrityError):
    """A row that is imported inside ``accept_numbers()`` has the number of another row.

    Rows of every model that shares the series count, and so do those of the same statement.
    """


class NumberChanged(GaplessError, IntegrityError):
    """The number of a saved row was to be changed; a number belongs to its row for ever.

    Raised by ``save()``, ``QuerySet.update()`` and ``bulk_update()``.
    """


class ScopeChanged(GaplessError, IntegrityError):
    """A row that has its number was to move to another series, or to none.

    Raised by ``save()``, ``QuerySet.update()`` and ``bulk_update()``. Cancel the row and issue
    another one in the right series.
    """


class ScopeIncomplete(GaplessError, IntegrityError):
    """A row has no value for a date that its series depends on."""


class OnConflictNotSupported(GaplessError, NotSupportedError):
    """``bulk_create()`` was to drop or update rows on conflict: their numbers would be lost."""


class FunctionMissing(GaplessError, ProgrammingError):
    """The database lacks the function that takes numbers inside an INSERT (PostgreSQL).

    ``manage.py migrate`` creates it, also where it has nothing else to do.
    """


class TimeZonesMissing(GaplessError, ProgrammingError):
    """The database cannot convert datetimes to the project's ``TIME_ZONE`` (MariaDB, MySQL).

    So it cannot tell which rows are of a series that a part of a datetime divides. Load its time
    zone tables: ``mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql``.
    """


class GaplessOutsideAtomicWarning(RuntimeWarning):
    """A number was taken outside ``transaction.atomic()``, at the line that the warning names.

    The number is still gapless by itself, but the lines after it do not share its transaction: if
    one of them fails, the number stays taken without the work that it was meant for.
    """
