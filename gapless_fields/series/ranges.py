"""Ranges of numbers, and sorted lists of ranges that do not overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class NumberRange:
    """Consecutive numbers, with both ends. Its ``len()`` is how many there are."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def merged(ranges: Iterable[NumberRange]) -> list[NumberRange]:
    """Return the same numbers as a sorted list of ranges that neither overlap nor touch."""
    found: list[NumberRange] = []
    for one in sorted(ranges):
        if found and one.first <= found[-1].last + 1:
            found[-1] = NumberRange(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return found


def overlap(some: Sequence[NumberRange], others: Sequence[NumberRange]) -> Iterator[NumberRange]:
    """Yield the ranges of numbers that are in both lists."""
    left = right = 0
    while left < len(some) and right < len(others):
        first = max(some[left].first, others[right].first)
        last = min(some[left].last, others[right].last)
        if first <= last:
            yield NumberRange(first, last)
        if some[left].last < others[right].last:
            left += 1
        else:
            right += 1


def without(whole: NumberRange, others: Iterable[NumberRange]) -> Iterator[NumberRange]:
    """Yield the numbers of a range that are not in a list."""
    first = whole.first
    for other in others:
        if other.last < first:
            continue
        if other.first > whole.last:
            break
        if other.first > first:
            yield NumberRange(first, other.first - 1)
        first = other.last + 1
    if first <= whole.last:
        yield NumberRange(first, whole.last)


def count(ranges: Iterable[NumberRange]) -> int:
    """Return how many numbers there are."""
    return sum(one.last - one.first + 1 for one in ranges)
