"""What the page draws: a strip for each way to number rows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from comparison.models import ApartCounter, MaxNumbered, Sheet
from comparison.sheets import COUNTER

SHOWN = 120


@dataclass(frozen=True)
class Cell:
    """One number.

    Args:
        number: the number.
        rows: how many rows carry it. 0: none, so that it is a hole.
        new: whether it was given by what happened last.
    """

    number: int
    rows: int
    new: bool


@dataclass(frozen=True)
class Strip:
    """The numbers from the first to the last, and how many are wrong."""

    name: str
    cells: list[Cell]
    left_out: int
    rows: int
    gaps: int
    doubles: int


def make_strip(name: str, numbers: Iterable[int], first: int, last: int, seen: int) -> Strip:
    """Return the strip of the rows that carry these numbers.

    Args:
        name: the name of the strip, for its text.
        numbers: the numbers of all rows.
        first, last: the numbers that were given, whatever became of their rows.
        seen: the last number that was there before the last action.
    """
    rows = Counter(numbers)
    cells = [Cell(n, rows[n], n > seen) for n in range(first, max([last, *rows]) + 1)]
    return Strip(
        name,
        cells[-SHOWN:],
        max(0, len(cells) - SHOWN),
        rows.total(),
        sum(cell.rows == 0 for cell in cells),
        sum(cell.rows - 1 for cell in cells if cell.rows > 1),
    )


def last_numbers() -> dict[str, int]:
    """Return the last number of each strip."""
    counter = ApartCounter.objects.filter(name=COUNTER).first()
    highest = {
        "gapless": Sheet.objects.values_list("number", flat=True),
        "max": MaxNumbered.objects.values_list("number", flat=True),
    }
    return {
        "automatic": counter.last if counter else 0,
        **{name: max(filter(None, numbers), default=0) for name, numbers in highest.items()},
    }


def strips(seen: dict[str, int]) -> list[Strip]:
    """Return the strips of the page.

    Args:
        seen: what ``last_numbers()`` returned before the last action.
    """
    counter = ApartCounter.objects.filter(name=COUNTER).first() or ApartCounter(name=COUNTER)
    sheets = list(Sheet.objects.values_list("pk", "number"))
    numbers = [number for _, number in sheets if number is not None]
    by_max = list(MaxNumbered.objects.values_list("number", flat=True))
    found = [
        make_strip(
            "automatic",
            [pk for pk, _ in sheets],
            counter.first,
            counter.last,
            seen.get("automatic", counter.last),
        ),
        make_strip("gapless", numbers, 1, 0, seen.get("gapless", len(numbers))),
    ]
    if by_max:
        found.append(make_strip("max", by_max, 1, 0, seen.get("max", max(by_max))))
    return found
