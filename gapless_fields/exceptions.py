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
    "NumberNotIssued",
    "OnConflictNotSupported",
    "ScopeChanged",
    "ScopeIncomplete",
    "SequenceExhausted",
    "SequenceLocked",
    "SequenceNotSynced",
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
    """A row that is being inserted carries a number that its series has not issued.

    Leave the number out to get the next one, or import the row inside ``accept_numbers()``.
    """


class NumberChanged(GaplessError, IntegrityError):
    """The number of a saved row was changed by hand; a number belongs to its row for ever."""


class ScopeChanged(GaplessError, IntegrityError):
    """A numbered row was to move to another series, which has not issued its number.

    Cancel the row and issue another one in the right series.
    """


class ScopeIncomplete(GaplessError, IntegrityError):
    """A row has no value for a date that its series depends on."""


class OnConflictNotSupported(GaplessError, NotSupportedError):
    """``bulk_create()`` was to drop or update rows on conflict: their numbers would be lost."""


class FunctionMissing(GaplessError, ProgrammingError):
    """The database lacks the function that takes numbers inside an INSERT (PostgreSQL).

    ``manage.py migrate`` creates it, also where it has nothing else to do.
    """


class GaplessOutsideAtomicWarning(RuntimeWarning):
    """A number was taken outside ``transaction.atomic()``, at the line that the warning names.

    The number is still gapless by itself, but the lines after it do not share its transaction: if
    one of them fails, the number stays taken without the work that it was meant for.
    """
