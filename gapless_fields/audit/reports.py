"""What an audit has found, as typed values."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from gapless_fields.series.ranges import NumberRange


class Kind(StrEnum):
    """What a finding says of a series."""

    MISSING = "missing"
    """No row carries the numbers, and no void explains them."""
    DOUBLE = "double"
    """More than one row carries the number."""
    ABOVE_COUNTER = "above counter"
    """Rows carry numbers that the counter has not given."""
    BELOW_START = "below start"
    """Rows carry numbers below the series' first."""
    UNNUMBERED = "unnumbered"
    """Rows have no number, although ``when`` holds."""
    WRONG_TEXT = "wrong text"
    """Rows have a stored text that does not show their number, none, or one without a number."""
    NO_COUNTER = "no counter"
    """Rows carry numbers, and there is no counter."""
    NO_ROWS = "no rows"
    """There is a counter that has given numbers, and no row."""
    NOT_CHRONOLOGICAL = "not chronological"
    """A higher number has an earlier date."""
    VOID_IN_USE = "void in use"
    """A row carries a number that the register says is void."""


class Row(NamedTuple):
    """A row that a person can look up."""

    model: str
    """The label of its model, such as ``shop.Invoice``."""
    field: str
    key: Any
    """Its primary key."""
    number: int | None


class Void(NamedTuple):
    """Numbers that were voided, as the register says."""

    numbers: NumberRange
    reason: str
    by: str
    recorded_at: datetime.datetime
    row: Any
    """What the row was, or None."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a series, or a note about it.

    Args:
        kind: what was found.
        numbers: the numbers concerned; None if it is not about numbers.
        count: how many numbers, or rows, are concerned.
        rows: rows from which a person finds the place: those on both sides of a gap, those that
            share a number, and so on. Not all of them, where there are many.
        is_fault: whether the series is wrong. A note is not a fault.
    """

    kind: Kind
    numbers: NumberRange | None
    count: int
    rows: tuple[Row, ...] = ()
    is_fault: bool = True


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """What the rows and the counter of one series say.

    Args:
        sequence: the name of the sequence.
        scope: the values of the scope, each as text, as in ``Sequence.scope``.
        description: the series in words, such as ``invoices: company ACME, year 2026``.
        fields: the numbered fields whose rows are in the series, such as ``shop.Invoice.number``.
        initial_value: the number that the series begins with.
        loops: whether it starts again at ``reset_value``. If so, its numbers repeat, and no number
            can be said to be missing or double.
        first: the lowest number of a row; None without rows.
        last: the highest number of a row; None without rows.
        rows: how many rows carry a number.
        counter: the last number of the counter; None if there is none.
        voids: the numbers that were voided.
        findings: faults and notes, in the order of their numbers.
    """

    sequence: str
    scope: tuple[str | None, ...]
    description: str
    fields: tuple[str, ...]
    initial_value: int
    loops: bool
    first: int | None
    last: int | None
    rows: int
    counter: int | None
    voids: tuple[Void, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that are faults."""
        return tuple(finding for finding in self.findings if finding.is_fault)

    @property
    def missing(self) -> tuple[NumberRange, ...]:
        """The numbers that no row carries and no void explains."""
        return tuple(
            finding.numbers
            for finding in self.findings
            if finding.kind is Kind.MISSING and finding.numbers is not None
        )

    @property
    def is_complete(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults
