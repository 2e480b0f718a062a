"""What the triggers of a table protect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Part(NamedTuple):
    """A part of a scope in SQL, by the columns of a row that is called ``{row}``."""

    value: str
    """The value of the part, such as ``{row}."company_id"``."""
    text: str | None
    """The text that identifies the series, as it stands in the key of its counter. None if the
    database cannot tell it."""
    columns: tuple[str, ...]
    """The columns that it depends on, as they are compared: texts byte by byte."""


@dataclass(frozen=True)
class Protected:
    """What is protected: a column of numbers.

    Args:
        name: the name of the constraint.
        table: the table.
        label: the model and the field, for people.
        column: the column of the numbers, quoted.
        keys: the columns of the primary key, quoted.
        key: the key of the sequence, as a counter has it, without the scope.
        parts: the parts of the scope.
        kept: other columns that a numbered row keeps, quoted.
        texts: the columns of the number's texts, quoted. A text stays once it is set.
        is_issued_by_counter: whether a number is at most the counter's last.
        is_append_only: whether rows can only be added, whatever they hold.
    """

    name: str
    table: str
    label: str
    column: str
    keys: tuple[str, ...]
    key: str
    parts: tuple[Part, ...]
    kept: tuple[str, ...]
    texts: tuple[str, ...]
    is_issued_by_counter: bool
    is_append_only: bool = False
