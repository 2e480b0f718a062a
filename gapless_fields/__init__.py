"""Numbers without gaps for Django models.

A number is taken if, and only if, the row that carries it is committed.
"""

from gapless_fields.exceptions import (
    GaplessError,
    GaplessOutsideAtomicWarning,
    NumberChanged,
    NumberNotIssued,
    OnConflictNotSupported,
    SequenceExhausted,
    SequenceLocked,
    SequenceNotSynced,
)
from gapless_fields.fields import GaplessSequenceField
from gapless_fields.numbering import accept_numbers
from gapless_fields.sequences import (
    Sequence,
    delete,
    get_last_value,
    get_next_value,
    get_next_values,
)

__all__ = [
    "GaplessError",
    "GaplessOutsideAtomicWarning",
    "GaplessSequenceField",
    "NumberChanged",
    "NumberNotIssued",
    "OnConflictNotSupported",
    "Sequence",
    "SequenceExhausted",
    "SequenceLocked",
    "SequenceNotSynced",
    "accept_numbers",
    "delete",
    "get_last_value",
    "get_next_value",
    "get_next_values",
]
