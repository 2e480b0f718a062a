"""The other ways to number rows, and what is wrong with the numbers that they give."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Max

from comparison.models import ApartCounter, MaxNumbered


def max_plus_one() -> int:
    """Return the highest number plus 1, as it is often written."""
    return (MaxNumbered.objects.aggregate(highest=Max("number"))["highest"] or 0) + 1


def count_apart(name: str) -> int:
    """Return the next number of a counter, in a transaction of its own.

    The counter must exist. Call this outside ``atomic()``.
    """
    with transaction.atomic(durable=True):
        ApartCounter.objects.filter(name=name).update(last=F("last") + 1)
        return ApartCounter.objects.get(name=name).last


def gaps_and_doubles(numbers: Iterable[int]) -> tuple[int, int]:
    """Return how many numbers from 1 to the last are missing, and how many rows are doubles."""
    given = list(numbers)
    different = set(given)
    return max(different, default=0) - len(different), len(given) - len(different)
