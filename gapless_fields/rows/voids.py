"""The numbers of a series that are void, as the register says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Max, Q

from gapless_fields.series.ranges import NumberRange, merged

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.series import Series

MOST_RANGES = 100
"""How many ranges one query looks for."""


def highest_void(series: Series, connection: BaseDatabaseWrapper) -> int | None:
    """Return the highest number of a series that is void, or None.

    None also if the register does not exist yet: a migration may use a series before the one that
    creates the register.
    """
    from gapless_fields.models import RegisterEntry  # not before its application

    with connection.cursor() as cursor:
        if RegisterEntry._meta.db_table not in connection.introspection.table_names(cursor):
            return None
    entries = RegisterEntry._base_manager.using(connection.alias)
    found: int | None = entries.filter(kind=RegisterEntry.Kind.VOID, key=series.key).aggregate(
        highest=Max("last")
    )["highest"]
    return found


def first_void(
    series: Series, numbers: Sequence[int], connection: BaseDatabaseWrapper
) -> int | None:
    """Return one of these numbers that is void, or None."""
    highest = highest_void(series, connection) if numbers else None
    wanted = [number for number in numbers if highest is not None and number <= highest]
    found = void_among(series, merged(NumberRange(one, one) for one in wanted), connection)
    return next((one for one in wanted if found and found.first <= one <= found.last), None)


def void_among(
    series: Series, ranges: Sequence[NumberRange], connection: BaseDatabaseWrapper
) -> NumberRange | None:
    """Return a range of void numbers of which one is in these ranges, or None."""
    from gapless_fields.models import RegisterEntry

    entries = RegisterEntry._base_manager.using(connection.alias)
    entries = entries.filter(kind=RegisterEntry.Kind.VOID, key=series.key)
    for start in range(0, len(ranges), MOST_RANGES):
        some = [Q(first__lte=one.last, last__gte=one.first) for one in ranges[start:][:MOST_RANGES]]
        for first, last in entries.filter(reduce(or_, some)).values_list("first", "last")[:1]:
            if first is not None and last is not None:
                return NumberRange(first, last)
    return None
