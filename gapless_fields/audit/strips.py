"""A series as a strip: where its numbers are given, void, missing and double."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from gapless_fields.audit.reports import Kind
from gapless_fields.series.ranges import NumberRange, count, merged

if TYPE_CHECKING:
    from gapless_fields.audit.reports import SeriesReport

COLUMNS = 200
"""The columns of a strip. A column is marked if one of its numbers is to be marked."""
COLUMNS_OF_SMALL = 50
MOST_RANGES = 10
"""How many ranges of each kind the words of a strip list."""
MOST_LABELS = 6
WIDTH_OF_DIGIT = 1.6
"""In percent of a strip that is as wide as a telephone."""

MARKED = {
    Kind.DOUBLE: "double",
    Kind.ABOVE_COUNTER: "other",
    Kind.BELOW_START: "other",
    Kind.NOT_CHRONOLOGICAL: "other",
    Kind.VOID_IN_USE: "other",
}
"""What is marked under the strip, because there are rows with the numbers."""


class Mark(NamedTuple):
    """A shape on a strip. All measures are percentages of the strip's width, as text."""

    shape: str
    """given, missing, void, double or other."""
    x: str
    width: str
    end: str
    middle: str


class Label(NamedTuple):
    """Missing numbers, as they stand above a strip."""

    x: str
    anchor: str
    """The value of SVG's text-anchor."""
    text: str


class Strip(NamedTuple):
    """What a page draws. Its size does not grow with the numbers of the series."""

    words: str
    """The same in words."""
    low: int
    high: int
    bar: list[Mark]
    under: list[Mark]
    labels: list[Label]


def strip_of(report: SeriesReport, columns: int = COLUMNS) -> Strip | None:
    """Return the strip of a series, or None if no number was ever given.

    Args:
        report: the series.
        columns: into how many columns its numbers are divided. With fewer numbers than that, each
            has a column of its own.
    """
    reach = _reach(report)
    if reach is None:
        return None
    grid = Grid(reach, min(columns, count([reach])))
    bar = [""] * grid.columns
    if report.first is not None and report.last is not None:
        grid.fill(bar, "given", [NumberRange(report.first, report.last)])
    grid.fill(bar, "void", voids_of(report))
    grid.fill(bar, "missing", report.missing)
    under = [""] * grid.columns
    for shape in ("other", "double"):
        grid.fill(under, shape, _marked(report, shape))
    return Strip(
        in_words(report, reach),
        reach.first,
        reach.last,
        list(grid.marks(bar)),
        list(grid.marks(under)),
        list(grid.labels(report.missing)),
    )


def shown(numbers: NumberRange) -> str:
    """Return numbers as they are printed."""
    if numbers.first == numbers.last:
        return str(numbers.first)
    return f"{numbers.first}\N{EN DASH}{numbers.last}"


def voids_of(report: SeriesReport) -> list[NumberRange]:
    """Return the voided numbers of a series, each once."""
    return merged([void.numbers for void in report.voids])


def doubles_of(report: SeriesReport) -> list[NumberRange]:
    """Return the numbers that more than one row carries."""
    return list(_marked(report, "double"))


def given_in(report: SeriesReport) -> int:
    """Return how many different numbers rows carry."""
    double = (f for f in report.findings if f.kind is Kind.DOUBLE)
    return report.rows - sum(finding.count - 1 for finding in double)


def _marked(report: SeriesReport, shape: str) -> Iterator[NumberRange]:
    for finding in report.findings:
        if MARKED.get(finding.kind) == shape and finding.numbers is not None:
            yield finding.numbers


def _reach(report: SeriesReport) -> NumberRange | None:
    numbers = [n for n in (report.first, report.last) if n is not None]
    if report.counter is not None and report.counter >= report.initial_value:
        numbers.append(report.counter)
    for found in (*report.missing, *voids_of(report)):
        numbers += [found.first, found.last]
    if not numbers:
        return None
    return NumberRange(min(report.initial_value, *numbers), max(numbers))


class Grid(NamedTuple):
    """The columns into which the numbers of a strip are divided."""

    reach: NumberRange
    columns: int

    def column(self, number: int) -> int:
        """Return the column of a number."""
        return (number - self.reach.first) * self.columns // count([self.reach])

    def fill(self, cells: list[str], shape: str, ranges: Iterable[NumberRange]) -> None:
        """Give a shape to every column that some numbers touch."""
        for numbers in ranges:
            start, stop = self.column(numbers.first), self.column(numbers.last) + 1
            cells[start:stop] = [shape] * (stop - start)

    def marks(self, cells: list[str]) -> Iterator[Mark]:
        """Yield the shapes of columns, those of neighbours as one."""
        for shape, group in groupby(range(self.columns), key=cells.__getitem__):
            found = list(group)
            start, width = found[0], len(found)
            measures = (start, width, start + width, start + width / 2)
            if shape:
                yield Mark(shape, *(self.percent(measure) for measure in measures))

    def percent(self, columns: float) -> str:
        """Return a measure as CSS and SVG have it, whatever the language of the page."""
        return f"{100 * columns / self.columns:.2f}".rstrip("0").rstrip(".") + "%"

    def labels(self, ranges: Iterable[NumberRange]) -> Iterator[Label]:
        """Yield labels for as many ranges as there is room for."""
        free, labels = 0.0, 0
        for numbers in ranges:
            text = shown(numbers)
            middle = (self.column(numbers.first) + self.column(numbers.last) + 1) / 2
            x, width = 100 * middle / self.columns, WIDTH_OF_DIGIT * len(text)
            anchor, start = "middle", x - width / 2
            if start < 0:
                anchor, start = "start", x
            elif start + width > 100:
                anchor, start = "end", x - width
            if start < free or labels == MOST_LABELS:
                continue
            free, labels = start + width + 2 * WIDTH_OF_DIGIT, labels + 1
            yield Label(self.percent(middle), anchor, text)


def in_words(report: SeriesReport, reach: NumberRange) -> str:
    """Return what a strip shows, for those who do not see it."""
    values = {"first": reach.first, "last": reach.last, "rows": report.rows}
    if report.loops:
        return _("Numbers %(first)s to %(last)s, which repeat. Rows: %(rows)s.") % values
    texts = [
        _("Numbers %(first)s to %(last)s.") % values,
        _("Given: %(count)s.") % {"count": given_in(report)},
        _in_words(_("Missing"), report.missing),
        _in_words(_("Void"), voids_of(report)),
        _in_words(_("Double"), doubles_of(report)),
        _in_words(_("Another fault"), list(_marked(report, "other"))),
    ]
    return " ".join(text for text in texts if text)


def _in_words(title: str, ranges: list[NumberRange] | tuple[NumberRange, ...]) -> str:
    if not ranges:
        return ""
    numbers = ", ".join(map(shown, ranges[:MOST_RANGES]))
    if len(ranges) > MOST_RANGES:
        numbers += ", …"
    return f"{title}: {count(ranges)} ({numbers})."
