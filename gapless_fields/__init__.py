"""Numbers without gaps for Django models.

A number is taken if, and only if, the row that carries it is committed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gapless_fields.admin import assign_numbers_to_selected, void_and_delete_selected
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
else:
    # Each name is imported when it is requested: gapless_fields.callsites reads source where there
    # is no Django, and not every project uses the admin.
    _HOMES = {
        "admin": ("assign_numbers_to_selected", "void_and_delete_selected"),
        "displays": ("NumberDisplay",),
        "exceptions": (
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
        ),
        "fields": ("GaplessSequenceField",),
        "functions": ("delete", "get_last_value", "get_next_value", "get_next_values"),
        "number_texts": ("NumberTextField",),
        "operations": ("AssignNumbers", "ImportSequences", "SyncSequences"),
        "protection.constraints": ("NumberProtection",),
        "register.deletion": ("void_and_delete",),
        "register.exemptions": ("unprotected",),
        "sequences": ("Sequence",),
        "series.date_parts": ("FiscalYear",),
        "series.scopes": ("ScopePart",),
        "signals": ("rows_numbered",),
        "writing.backfill": ("assign_numbers",),
        "writing.deferred": ("deferred_numbering",),
        "writing.imported_numbers": ("accept_numbers",),
    }

    def __getattr__(name: str) -> Any:
        for home, names in _HOMES.items():
            if name in names:
                globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
                return globals()[name]
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
