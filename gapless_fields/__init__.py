"""Numbers without gaps for Django models.

A number is taken if, and only if, the row that carries it is committed.
"""

from typing import TYPE_CHECKING, Any

from gapless_fields.displays import NumberDisplay
from gapless_fields.exceptions import (
    AuditFailed,
    DurabilityUnknown,
    FunctionMissing,
    GaplessError,
    GaplessOutsideAtomicWarning,
    NotChronological,
    NotVoidable,
    NumberChanged,
    NumberInUse,
    NumberNotIssued,
    NumberTextInUse,
    NumberTextInvalid,
    OnConflictNotSupported,
    ScopeChanged,
    ScopeIncomplete,
    SequenceExhausted,
    SequenceLocked,
    SequenceNotSynced,
    TimeZonesMissing,
)
from gapless_fields.fields import GaplessSequenceField
from gapless_fields.functions import delete, get_last_value, get_next_value, get_next_values
from gapless_fields.number_texts import NumberTextField
from gapless_fields.operations import AssignNumbers, ImportSequences, SyncSequences
from gapless_fields.protection.constraints import NumberProtection
from gapless_fields.register.deletion import void_and_delete
from gapless_fields.register.exemptions import unprotected
from gapless_fields.sequences import Sequence
from gapless_fields.series.date_parts import FiscalYear
from gapless_fields.series.scopes import ScopePart
from gapless_fields.signals import rows_numbered
from gapless_fields.writing.backfill import assign_numbers
from gapless_fields.writing.deferred import deferred_numbering
from gapless_fields.writing.imported_numbers import accept_numbers

if TYPE_CHECKING:
    from gapless_fields.admin import assign_numbers_to_selected, void_and_delete_selected
else:

    def __getattr__(name: str) -> Any:
        """Import the admin actions only when they are requested: not every project uses it."""
        if name in ("assign_numbers_to_selected", "void_and_delete_selected"):
            from gapless_fields import admin

            return getattr(admin, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AssignNumbers",
    "AuditFailed",
    "DurabilityUnknown",
    "FiscalYear",
    "FunctionMissing",
    "GaplessError",
    "GaplessOutsideAtomicWarning",
    "GaplessSequenceField",
    "ImportSequences",
    "NotChronological",
    "NotVoidable",
    "NumberChanged",
    "NumberDisplay",
    "NumberInUse",
    "NumberNotIssued",
    "NumberProtection",
    "NumberTextField",
    "NumberTextInUse",
    "NumberTextInvalid",
    "OnConflictNotSupported",
    "ScopeChanged",
    "ScopeIncomplete",
    "ScopePart",
    "Sequence",
    "SequenceExhausted",
    "SequenceLocked",
    "SequenceNotSynced",
    "SyncSequences",
    "TimeZonesMissing",
    "accept_numbers",
    "assign_numbers",
    "assign_numbers_to_selected",
    "deferred_numbering",
    "delete",
    "get_last_value",
    "get_next_value",
    "get_next_values",
    "rows_numbered",
    "unprotected",
    "void_and_delete",
    "void_and_delete_selected",
]
