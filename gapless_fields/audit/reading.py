"""Reads what an audit needs: totals of every series, and places of those that may be wrong."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Q

from gapless_fields.audit.books import Books, read_books
from gapless_fields.audit.descriptions import describe
from gapless_fields.audit.judging import MOST_ROWS, Evidence, carried, in_order, judge
from gapless_fields.audit.places import (
    Place,
    can_be_read_together,
    places_of_sequence,
    places_of_series,
)
from gapless_fields.audit.proofs import excludes_doubles
from gapless_fields.audit.reports import Row, SeriesReport
from gapless_fields.audit.stored_texts import wrong_text
from gapless_fields.audit.totals import Totals, count_series
from gapless_fields.rows.in_series import project_time_zone, rows_of_series
from gapless_fields.series.ranges import NumberRange

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.audit.targets import SharedSequence
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series

    Progress = Callable[[str], None] | None

FEW = 3
MANY = 200
"""How many series are read one by one: without an index that finds a series' rows, and with one."""


def read_series(
    sequences: Sequence[SharedSequence],
    connection: BaseDatabaseWrapper,
    since: datetime.date | None,
    progress: Progress,
    may_change: bool,
    only: Series | None = None,
) -> Iterator[SeriesReport]:
    """Yield the reports of all series of sequences.

    Args:
        sequences: the sequences.
        connection: the database, in a transaction.
        since: leave out the series without a row of this date or a later one.
        progress: is called with a line of text now and then.
        may_change: whether a query may see rows that the one before it did not see.
        only: leave out all series but this one.
    """
    before = read_books(sequences, connection, only)
    for number, sequence in enumerate(sequences, 1):
        if progress is not None:
            progress(f"{number} of {len(sequences)} sequences: {sequence.name}")
        reader = _Reader(sequence, connection, since, before, only)
        yield from reader.reports(progress, may_change)


class _Reader:
    """Reads the series of one sequence."""

    def __init__(
        self,
        sequence: SharedSequence,
        connection: BaseDatabaseWrapper,
        since: datetime.date | None,
        before: Books,
        only: Series | None,
    ) -> None:
        self.sequence = sequence
        self.connection = connection
        self.since = since
        self.before = before
        self.only = only
        self.proved = {field for field in sequence.fields if excludes_doubles(field, connection)}

    def reports(self, progress: Progress, may_change: bool) -> Iterator[SeriesReport]:
        found = self._totals()
        suspects = [totals for totals in found.values() if self._is_suspect(totals)]
        if progress is not None and suspects:
            progress(
                f"{self.sequence.name}: a closer look at {len(suspects)} of {len(found)} series"
            )
        places = self._places(suspects)
        after = self.before
        if may_change:
            after = read_books([self.sequence], self.connection, self.only)
        ordered = sorted(found.values(), key=lambda totals: _order(totals.series))
        words = describe(self.sequence, [totals.series for totals in ordered], self.connection)
        for totals, description in zip(ordered, words, strict=True):
            yield self._report(totals, description, places.get(totals.series.key), after)

    def _totals(self) -> dict[str, Totals]:
        found: dict[str, Totals] = {}
        for field in self.sequence.fields:
            count_series(self.sequence, field, found, self.connection, self.since, self.only)
        for key, totals in found.items():
            if totals.series.start is not None:
                totals.series = self._started(key, totals)
        if self.since is not None:
            return {key: totals for key, totals in found.items() if totals.is_recent}
        for key, series in self.before.series.items():
            if series.name == self.sequence.name and len(series.scope) == self.sequence.depth:
                found.setdefault(key, Totals(series))
        return found

    def _started(self, key: str, totals: Totals) -> Series:
        """Return a series whose first number depends on data: as recorded, or the lowest known."""
        known = self.before.series.get(key)
        if known is not None and known.start is None:
            return known
        numbers = [void.numbers.first for void in self.before.voids.get(key, [])]
        if totals.first is not None:
            numbers.append(totals.first)
        return replace(totals.series, initial_value=min(numbers, default=1), start=None)

    def _is_suspect(self, totals: Totals) -> bool:
        """Return whether the totals do not prove that every number is there once."""
        series = totals.series
        if series.reset_value is not None:
            return False
        if totals.first is None or totals.last is None:
            return series.key in self.before.counters
        return (
            series.key in self.before.voids
            or len(totals.fields) > 1
            or not self.proved.issuperset(totals.fields)
            or any(getattr(field, "chronological", None) for field in totals.fields)
            or totals.first != series.initial_value
            or totals.rows != totals.last - totals.first + 1
            or totals.last != self.before.counters.get(series.key)
        )

    def _places(self, suspects: Sequence[Totals]) -> dict[str, list[Place]]:
        """Return the places of series by their keys."""
        found: dict[str, list[Place]] = {totals.series.key: [] for totals in suspects}
        has_index = self.proved.issuperset(self.sequence.fields) and not any(
            field.depends_on_time_zone or "__" in str(field.scope) for field in self.sequence.fields
        )
        with_rows = [totals for totals in suspects if totals.fields]
        if len(with_rows) <= (MANY if has_index else FEW) or not can_be_read_together(
            self.sequence, self.connection
        ):
            for totals in with_rows:
                found[totals.series.key] += places_of_series(
                    self.sequence, totals.series, self.connection
                )
        else:
            for key, place in places_of_sequence(self.sequence, self.connection, self.since):
                if key in found:
                    found[key].append(place)
        return {key: in_order(places) for key, places in found.items()}

    def _report(
        self, totals: Totals, description: str, places: list[Place] | None, after: Books
    ) -> SeriesReport:
        series, key = totals.series, totals.series.key
        before_counter, counter = self.before.counters.get(key), after.counters.get(key)
        voids = self.before.voids.get(key, [])
        later_voids = after.voids.get(key, [])
        evidence = Evidence(
            totals,
            places,
            before_counter,
            counter,
            [void.numbers for void in voids],
            [void.numbers for void in later_voids],
        )
        findings = judge(
            evidence,
            self._unnumbered(totals),
            self._wrong_texts(totals),
            lambda numbers: self._carrying(series, numbers),
        )
        first, last, rows = totals.first, totals.last, totals.rows
        if places:
            first, last, rows = places[0].number, places[-1].number, carried(places).rows
        if counter is not None and last is not None and counter > last:
            # Others may have given numbers since the rows were read.
            counter = max(last, -1 if before_counter is None else before_counter)
        return SeriesReport(
            sequence=series.name,
            scope=series.scope,
            description=description,
            fields=tuple(str(field) for field in self.sequence.fields if field in totals.fields)
            or tuple(str(field) for field in self.sequence.fields),
            initial_value=series.initial_value,
            loops=series.reset_value is not None,
            first=first,
            last=last,
            rows=rows,
            counter=counter,
            voids=tuple(later_voids),
            findings=findings,
        )

    def _unnumbered(self, totals: Totals) -> list[Row]:
        """Return some rows of a series that are due and have no number."""
        found: list[Row] = []
        for field in totals.unnumbered:
            due = Q(**{f"{field.attname}__isnull": True})
            if field.condition is not None:
                due &= field.condition.q
            found += self._some(field, totals.series, due)[1]
        return found[:MOST_ROWS]

    def _wrong_texts(self, totals: Totals) -> list[Row]:
        """Return some rows of a series whose texts do not belong to their numbers."""
        found: list[Row] = []
        for field in totals.texts:
            found += self._some(field, totals.series, wrong_text(field) or Q())[1]
        return found[:MOST_ROWS]

    def _carrying(self, series: Series, numbers: NumberRange) -> tuple[int, list[Row]]:
        """Return how many rows of a series carry these numbers, and some of them."""
        count, found = 0, list[Row]()
        for field in self.sequence.fields:
            between = Q(**{f"{field.attname}__range": (numbers.first, numbers.last)})
            more, some = self._some(field, series, between)
            count += more
            found += some
        return count, sorted(found, key=lambda row: row.number or 0)[:MOST_ROWS]

    def _some(self, field: NumberedField, series: Series, condition: Q) -> tuple[int, list[Row]]:
        """Return how many rows of a table meet a condition, and the first of them."""
        with project_time_zone():
            rows = rows_of_series(series, field, self.connection).filter(condition)
            found = rows.order_by(field.attname, "pk").values_list("pk", field.attname)
            label = field.model._meta.label
            some = [Row(label, field.name, key, number) for key, number in found[:MOST_ROWS]]
            return len(some) if len(some) < MOST_ROWS else rows.count(), some


def _order(series: Series) -> list[tuple[bool, int, str]]:
    """Sort scopes as people do: numbers by their values."""
    return [
        (text is not None, int(text) if text and text.isdecimal() else -1, text or "")
        for text in series.scope
    ]
