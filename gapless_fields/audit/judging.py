"""What is wrong with a series, by what was counted and by the places where its numbers jump."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from gapless_fields.audit.reports import Finding, Kind, Row
from gapless_fields.series.ranges import NumberRange, count, merged, overlap, without

if TYPE_CHECKING:
    from gapless_fields.audit.places import Place
    from gapless_fields.audit.totals import Totals
    from gapless_fields.series.series import Series

    RowsWith = Callable[[NumberRange], tuple[int, Sequence[Row]]]

MOST_ROWS = 5
"""How many rows a finding names."""


class Evidence(NamedTuple):
    """What is known of a series.

    ``counter`` and ``voids`` were read before the rows, ``later_counter`` and ``later_voids`` after
    them. In one snapshot they are the same. Otherwise, a number that the earlier counter has given
    was committed when the rows were read, and a number of a row is not above the later counter.
    """

    totals: Totals
    places: Sequence[Place] | None
    """In the order of their numbers. None: the totals prove that there is nothing to look for."""
    counter: int | None
    later_counter: int | None
    voids: Sequence[NumberRange]
    later_voids: Sequence[NumberRange]

    @property
    def series(self) -> Series:
        """The series itself."""
        return self.totals.series


class Carried(NamedTuple):
    """The numbers that rows carry."""

    ranges: list[NumberRange]
    doubles: list[Finding]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return count(self.ranges) + sum(double.count - 1 for double in self.doubles)


def in_order(places: Iterable[Place]) -> list[Place]:
    """Return places in the order of their numbers."""
    return sorted(places, key=lambda p: (p.number, -1 if p.before is None else p.before))


def carried(places: Sequence[Place]) -> Carried:
    """Return which numbers rows carry, by the places of a series in order."""
    ranges: list[NumberRange] = []
    start = places[0].number if places else 0
    for place in places:
        if place.before is not None and place.number - place.before > 1:
            ranges.append(NumberRange(start, place.before))
            start = place.number
    if places:
        ranges.append(NumberRange(start, places[-1].number))
    doubles = []
    same = (place for place in places if place.before == place.number)
    for number, group in groupby(same, key=attrgetter("number")):
        rows: list[Row] = []
        times = 1
        for place in group:
            rows += [place.row_before, place.row] if not rows else [place.row]  # type: ignore[list-item]
            del rows[MOST_ROWS:]
            times += 1
        doubles.append(Finding(Kind.DOUBLE, NumberRange(number, number), times, tuple(rows)))
    return Carried(ranges, doubles)


def judge(
    evidence: Evidence,
    unnumbered: Sequence[Row],
    wrong_texts: Sequence[Row],
    rows_with: RowsWith,
) -> tuple[Finding, ...]:
    """Return what is to be said of a series, in the order of the numbers.

    Args:
        evidence: what is known of the series.
        unnumbered: some of its rows that are due and have no number.
        wrong_texts: some of its rows whose texts do not belong to their numbers.
        rows_with: returns how many rows carry some numbers, and a few of them.
    """
    totals = evidence.totals
    findings: list[Finding] = []
    if evidence.series.reset_value is not None:
        findings += _of_loop(evidence, rows_with)
    elif evidence.places is not None:
        findings += _of_numbers(evidence, evidence.places, rows_with)
    if totals.last is None and evidence.counter is not None:
        # What is missing says more, except where nothing can be missing.
        is_fault = evidence.series.reset_value is not None
        findings.append(Finding(Kind.NO_ROWS, None, 0, is_fault=is_fault))
    if totals.first is not None and totals.last is not None and evidence.later_counter is None:
        numbers = NumberRange(totals.first, totals.last)
        findings.append(Finding(Kind.NO_COUNTER, numbers, totals.rows))
    if totals.unnumbered:
        due = sum(totals.unnumbered.values())
        findings.append(Finding(Kind.UNNUMBERED, None, due, tuple(unnumbered)))
    if totals.texts:
        wrong = sum(totals.texts.values())
        findings.append(Finding(Kind.WRONG_TEXT, None, wrong, tuple(wrong_texts)))
    return tuple(sorted(findings, key=_place_in_report))


def _place_in_report(finding: Finding) -> tuple[bool, int]:
    return finding.numbers is None, finding.numbers.first if finding.numbers else 0


def _of_loop(evidence: Evidence, rows_with: RowsWith) -> Iterator[Finding]:
    """Yield what can be said of numbers that repeat: which of them the series never gives."""
    totals, series = evidence.totals, evidence.series
    if totals.first is None or totals.last is None:
        return
    if totals.first < series.initial_value:
        numbers = NumberRange(totals.first, min(totals.last, series.initial_value - 1))
        rows, some = rows_with(numbers)
        yield Finding(Kind.BELOW_START, numbers, rows, tuple(some))
    if totals.last > series.max_value:
        numbers = NumberRange(max(totals.first, series.max_value + 1), totals.last)
        rows, some = rows_with(numbers)
        yield Finding(Kind.ABOVE_COUNTER, numbers, rows, tuple(some))


def _of_numbers(
    evidence: Evidence,
    places: Sequence[Place],
    rows_with: RowsWith,
) -> Iterator[Finding]:
    start, found = evidence.series.initial_value, carried(places)
    yield from found.doubles
    yield from _missing(evidence, places, found)
    if places and places[0].number < start:
        lowest = min(0, places[0].number)  # a column that was numbered by hand may have any
        below = list(overlap(found.ranges, [NumberRange(lowest, start - 1)]))
        numbers = NumberRange(below[0].first, below[-1].last)
        times = count(below) + _repeated(found, numbers)
        yield Finding(Kind.BELOW_START, numbers, times, (places[0].row,))
    counter = evidence.later_counter
    if places and counter is not None and places[-1].number > counter:
        last = places[-1]
        above = list(overlap(found.ranges, [NumberRange(counter + 1, last.number)]))
        numbers = NumberRange(above[0].first, last.number)
        times = count(above) + _repeated(found, numbers)
        yield Finding(Kind.ABOVE_COUNTER, numbers, times, (last.row,))
    for numbers in overlap(merged(evidence.voids), found.ranges):
        rows, some = rows_with(numbers)
        yield Finding(Kind.VOID_IN_USE, numbers, rows, tuple(some))
    yield from _disorder(places)


def _repeated(found: Carried, numbers: NumberRange) -> int:
    """Return how many more rows than numbers there are among these numbers."""
    return sum(
        double.count - 1
        for double in found.doubles
        if double.numbers and numbers.first <= double.numbers.first <= numbers.last
    )


def _missing(evidence: Evidence, places: Sequence[Place], found: Carried) -> Iterator[Finding]:
    """Yield what is missing from the first number to the counter, and to the highest row."""
    start = evidence.series.initial_value
    last = max(places[-1].number if places else -1, _or_nothing(evidence.counter))
    explained = merged(evidence.later_voids)
    after = {place.number: place for place in places if place.number != place.before}
    if last < start:
        return
    for gap in without(NumberRange(start, last), found.ranges):
        place = after.get(gap.last + 1)
        if place is None:  # after the last row
            sides = [row.row for row in places[-1:]]
        else:
            sides = [place.row] if place.row_before is None else [place.row_before, place.row]
        for numbers in without(gap, explained):
            yield Finding(Kind.MISSING, numbers, count([numbers]), tuple(sides))


def _or_nothing(counter: int | None) -> int:
    return -1 if counter is None else counter


def _disorder(places: Sequence[Place]) -> Iterator[Finding]:
    """Yield the rows whose dates are too early, those with consecutive numbers together."""
    together: list[Place] = []
    for place in places:
        if not place.is_out_of_order:
            continue
        if together and place.number > together[-1].number + 1:
            yield _early(together)
            together = []
        together.append(place)
    if together:
        yield _early(together)


def _early(places: Sequence[Place]) -> Finding:
    first = places[0]
    rows = (first.row,) if first.row_before is None else (first.row_before, first.row)
    numbers = NumberRange(first.number, places[-1].number)
    return Finding(Kind.NOT_CHRONOLOGICAL, numbers, len(places), rows)
