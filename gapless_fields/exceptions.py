"""All errors and warnings of this package. Each message says what to do next."""

from __future__ import annotations

from django.db import (
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

__all__ = [
    "AuditFailed",
    "DurabilityUnknown",
    "FunctionMissing",
    "GaplessError",
    "GaplessOutsideAtomicWarning",
    "NotChronological",
    "NotVoidable",
    "NumberChanged",
    "NumberInUse",
    "NumberNotIssued",
    "NumberTextInUse",
    "NumberTextInvalid",
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
    """The series is locked by another transaction. Nothing was numbered: try again.

    It is raised because of ``nowait=True``, or because a save or a call has waited longer than the
    database's lock timeout.
    """


class DurabilityUnknown(GaplessError, OperationalError):
    """A transaction is committed, but whether it survives a crash of the server is unknown.

    Raised with the setting ``EARLY_LOCK_RELEASE`` if the connection is lost between the COMMIT and
    the wait for the disk. ``on_commit()`` callbacks are not called.
    """


class SequenceExhausted(GaplessError, DataError):
    """The series has no numbers left: the next one would be greater than 2**63 - 1."""


class SequenceNotSynced(GaplessError, IntegrityError):
    """The series is used for the first time, but its rows already carry numbers.

    ``manage.py sync_sequences`` moves the counter to the highest number in use.
    """


class NumberNotIssued(GaplessError, IntegrityError):
    """A row that is being inserted has a number that its series has not given to it.

    Leave the number out to get the next one, or import the row inside ``accept_numbers()``.
    """


class NumberInUse(GaplessError, IntegrityError):
    """A row that is imported inside ``accept_numbers()`` has the number of another row.

    The other row may belong to any model that shares the series, or to the same statement.
    """


class NumberChanged(GaplessError, IntegrityError):
    """A change of a saved row's number was refused: a number belongs to its row for ever.

    Raised by ``save()``, ``QuerySet.update()`` and ``bulk_update()``.
    """


class NumberTextInvalid(GaplessError, DataError):
    """The text of a number cannot be made or stored. No number was taken.

    The format of a ``NumberTextField`` is not one, or the text is longer than ``max_length``.
    """


class NumberTextInUse(GaplessError, IntegrityError):
    """Another row has the text that a row would get with its number. No number was taken."""


class ScopeChanged(GaplessError, IntegrityError):
    """A change that would move a numbered row to another series, or to none, was refused.

    Raised by ``save()``, ``QuerySet.update()`` and ``bulk_update()``. Cancel the row and issue
    another one in the right series.
    """


class NotChronological(GaplessError, IntegrityError):
    """A row's date is earlier than that of a lower number of its series, or the reverse.

    Raised for fields with ``chronological``, before a number is taken.
    """


class NotVoidable(GaplessError, IntegrityError):
    """A number cannot be voided: a row carries it, it was not given, or it is void already."""


class ScopeIncomplete(GaplessError, IntegrityError):
    """A row has no value for a date that its series depends on."""


class OnConflictNotSupported(GaplessError, NotSupportedError):
    """``bulk_create()`` might skip or update rows on conflict, and lose their numbers."""


class FunctionMissing(GaplessError, ProgrammingError):
    """The database lacks the function that takes numbers inside an INSERT (PostgreSQL).

    ``manage.py migrate`` creates it, even if there is no migration to run.
    """


class TimeZonesMissing(GaplessError, ProgrammingError):
    """The database cannot convert datetimes to the project's ``TIME_ZONE`` (MariaDB, MySQL).

    The database therefore cannot tell which rows belong to a series that depends on a part of a
    datetime. Load its time zone tables: ``mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql``.
    """


class AuditFailed(GaplessError, AssertionError):
    """An audit has found faults. Its message lists them.

    It is an ``AssertionError`` as well, because tests call ``raise_for_faults()``.
    """


class GaplessOutsideAtomicWarning(RuntimeWarning):
    """A number was taken outside ``transaction.atomic()``, at the line that the warning names.

    The number itself is still gapless, but the lines after it do not share its transaction. If one
    of them fails, the number stays taken without the work that it was meant for.
    """
