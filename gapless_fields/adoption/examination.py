"""What a table that was numbered by hand holds."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gapless_fields.adoption.columns import is_declared, sequence_of
from gapless_fields.adoption.parsing import Parsed, mark_free, parse_texts
from gapless_fields.audit.reading import read_series
from gapless_fields.audit.reports import Kind
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.rows.in_series import project_time_zone, rows_of_series
from gapless_fields.rows.reading import all_rows

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.audit.reports import SeriesReport
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText
    from gapless_fields.series.series import Series

MOST_KEYS = 10
"""How many rows are named."""

MOST_NUMBERS = 500
"""How many numbers one query looks for."""


@dataclass(slots=True)
class Examination:
    """What was found in a column. Nothing is written."""

    rows: int
    """All rows of the table."""
    series: list[SeriesReport]
    unnumbered: int
    """The rows without a number that should have one."""
    unnumbered_keys: list[Any]
    parsed: list[Parsed] = field(default_factory=list)
    """The rows without a number whose texts were read."""

    @property
    def unreadable(self) -> list[Parsed]:
        """The rows whose texts are not as the format makes them."""
        return [one for one in self.parsed if one.number is None]

    @property
    def doubled(self) -> list[Parsed]:
        """The rows whose texts show a number that another row has, or that is void."""
        return [one for one in self.parsed if one.number is not None and not one.is_free]

    @property
    def readable(self) -> list[Parsed]:
        """The rows that can have the number in their text."""
        return [one for one in self.parsed if one.is_free]


def examine(
    column: NumberedField, connection: BaseDatabaseWrapper, text: NumberedText | None = None
) -> Examination:
    """Read a column of numbers, in a snapshot of its own unless a transaction is open.

    Args:
        column: the column, see ``column_to_adopt()``.
        connection: the database.
        text: the column of texts that show the numbers; None: there is none.
    """
    sequence = sequence_of(column, connection.alias)
    is_open = connection.in_atomic_block or not connection.get_autocommit()
    with nullcontext() if is_open else dialect_for(connection).snapshot():
        rows = all_rows(column.model, connection.alias)
        without = rows.filter(**{f"{column.attname}__isnull": True})
        if column.condition is not None:
            without = without.filter(column.condition.q)
        keys = without.order_by("pk").values_list("pk", flat=True)
        return Examination(
            rows=rows.count(),
            series=list(read_series([sequence], connection, None, None, is_open, None)),
            unnumbered=without.count(),
            unnumbered_keys=list(keys[:MOST_KEYS]),
            parsed=[] if text is None else _parsed(column, text, connection),
        )


def _parsed(
    column: NumberedField, text: NumberedText, connection: BaseDatabaseWrapper
) -> list[Parsed]:
    found = list(parse_texts(column, text, connection))
    return mark_free(found, column, connection) if is_declared(column) else found


def series_of(column: NumberedField, report: SeriesReport) -> Series:
    """Return the series of a report."""
    return replace(
        column.series, initial_value=report.initial_value, scope=report.scope, start=None
    )


def double_rows(
    column: NumberedField, report: SeriesReport, connection: BaseDatabaseWrapper
) -> list[tuple[NumberedField, Any]]:
    """Return the rows of a series that must get other numbers: all but the first with a number.

    The first is that of the lowest key, in the first of the tables that share the series.

    Returns:
        The column and the primary key of each row, in the order of their numbers.
    """
    doubles = [one.numbers for one in report.findings if one.kind is Kind.DOUBLE]
    numbers = [found.first for found in doubles if found is not None]
    found: list[tuple[int, int, Any, NumberedField]] = []
    for place, other in enumerate(sequence_of(column, connection.alias).fields):
        rows = rows_of_series(series_of(column, report), other, connection)
        with project_time_zone():
            for start in range(0, len(numbers), MOST_NUMBERS):
                some = rows.filter(
                    **{f"{other.attname}__in": numbers[start : start + MOST_NUMBERS]}
                )
                found += [
                    (number, place, key, other)
                    for key, number in some.values_list("pk", other.attname)
                ]
    seen: set[int] = set()
    later: list[tuple[NumberedField, Any]] = []
    for number, _place, key, other in sorted(found, key=lambda one: one[:3]):
        if number in seen:
            later.append((other, key))
        seen.add(number)
    return later
