"""Numbers without gaps for Django models.

A number is taken if, and only if, the row that carries it is committed.
"""

from gapless_fields.assignment import assign_numbers
from gapless_fields.deferral import deferred_numbering
from gapless_fields.displays import NumberDisplay
from gapless_fields.exceptions import (
    FunctionMissing,
    GaplessError,
    GaplessOutsideAtomicWarning,
    NumberChanged,
    NumberNotIssued,
    OnConflictNotSupported,
    ScopeChanged,
    ScopeIncomplete,
    SequenceExhausted,
    SequenceLocked,
    SequenceNotSynced,
)
from gapless_fields.fields import GaplessSequenceField
from gapless_fields.numbering import accept_numbers
from gapless_fields.scopes import FiscalYear, ScopePart
from gapless_fields.sequences import (
    Sequence,
    delete,
    get_last_value,
    get_next_value,
    get_next_values,
)

__all__ = [
    "FiscalYear",
    "FunctionMissing",
    "GaplessError",
    "GaplessOutsideAtomicWarning",
    "GaplessSequenceField",
    "NumberChanged",
    "NumberDisplay",
    "NumberNotIssued",
    "OnConflictNotSupported",
    "ScopeChanged",
    "ScopeIncomplete",
    "ScopePart",
    "Sequence",
    "SequenceExhausted",
    "SequenceLocked",
    "SequenceNotSynced",
    "accept_numbers",
    "assign_numbers",
    "deferred_numbering",
    "delete",
    "get_last_value",
    "get_next_value",
    "get_next_values",
]
