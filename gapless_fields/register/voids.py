"""Voids: numbers that were given and that no row carries, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from gapless_fields.counters import writer
from gapless_fields.exceptions import NotVoidable
from gapless_fields.rows.in_series import fields_of_series, project_time_zone, rows_of_series
from gapless_fields.rows.voids import MOST_RANGES, void_among
from gapless_fields.series.ranges import NumberRange, merged

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.models import RegisterEntry
    from gapless_fields.series.series import Series

Numbers = int | range | Iterable[int | range]


def void(
    series: Series,
    ranges: Sequence[NumberRange],
    connection: BaseDatabaseWrapper,
    *,
    reason: str,
    by: str,
) -> None:
    """Write into the register that numbers are void, in the caller's transaction.

    The series stays locked until the transaction ends.

    Raises:
        What ``Sequence.void()`` raises.
    """
    from gapless_fields.models import RegisterEntry

    refuse_unissued(series, ranges, connection)
    refuse_carried(series, ranges, connection)
    refuse_void(series, ranges, connection)
    entries = [new_entry(series, one, reason=reason, by=by) for one in ranges]
    RegisterEntry._base_manager.using(connection.alias).bulk_create(entries)


def new_entry(
    series: Series, numbers: NumberRange, *, reason: str, by: str, **row: Any
) -> RegisterEntry:
    """Return the entry for some numbers, which is not saved yet."""
    from gapless_fields.models import RegisterEntry

    return RegisterEntry(
        kind=RegisterEntry.Kind.VOID,
        key=series.key,
        name=series.name,
        scope=series.scope_text,
        first=numbers.first,
        last=numbers.last,
        reason=reason,
        by=by,
        **row,
    )


def check_reason(reason: str) -> None:
    """Refuse an empty reason, which explains nothing.

    Raises:
        ValueError: the reason is empty.
    """
    if not reason.strip():
        raise ValueError("a number can only be voided with a reason")


def as_ranges(numbers: Numbers) -> list[NumberRange]:
    """Return numbers as a sorted list of ranges.

    Raises:
        TypeError: one of them is not an integer.
        ValueError: there are none.
    """
    found = merged(_ranges(numbers))
    if not found:
        raise ValueError("there is no number to void")
    return found


def _ranges(numbers: Numbers) -> Iterator[NumberRange]:
    if isinstance(numbers, int) and not isinstance(numbers, bool):
        yield NumberRange(numbers, numbers)
    elif isinstance(numbers, range) and abs(numbers.step) == 1:
        if numbers:
            yield NumberRange(min(numbers[0], numbers[-1]), max(numbers[0], numbers[-1]))
    elif isinstance(numbers, Iterable) and not isinstance(numbers, str | bytes):
        for one in numbers:
            yield from _ranges(one)
    else:
        raise TypeError(f"a number must be an integer, not {numbers!r}")


def refuse_unissued(
    series: Series, ranges: Sequence[NumberRange], connection: BaseDatabaseWrapper
) -> None:
    """Lock the series, and refuse numbers that it has not given.

    Raises:
        NotVoidable: the series has not given one of the numbers.
        SequenceLocked: the lock could not be obtained in time.
        ValueError: the series loops, and gives its numbers again.
    """
    if series.reset_value is not None:
        raise ValueError(f"the sequence {series} starts again, so none of its numbers can be void")
    last = writer.lock(series, connection)
    if last is None:
        writer.drop(series, connection)  # lock() has created it
        raise NotVoidable(
            _("%(number)d of the sequence %(series)s cannot be voided: it has given no number yet.")
            % {"number": ranges[0].first, "series": series}
        )
    for number in (ranges[0].first, ranges[-1].last):
        if not series.initial_value <= number <= last:
            raise NotVoidable(
                _(
                    "%(number)d of the sequence %(series)s cannot be voided: it has given the "
                    "numbers from %(first)d to %(last)d."
                )
                % {
                    "number": number,
                    "series": series,
                    "first": series.initial_value,
                    "last": last,
                }
            )


def refuse_carried(
    series: Series, ranges: Sequence[NumberRange], connection: BaseDatabaseWrapper
) -> None:
    """Refuse numbers that a row carries, in any table that shares the series.

    Raises:
        NotVoidable: a row carries one of the numbers.
    """
    for field in fields_of_series(series, connection):
        for start in range(0, len(ranges), MOST_RANGES):
            name = field.attname
            some = [
                Q((f"{name}__gte", one.first), (f"{name}__lte", one.last))
                for one in ranges[start:][:MOST_RANGES]
            ]
            rows = rows_of_series(series, field, connection).filter(reduce(or_, some))
            with project_time_zone():
                carried = rows.values_list("pk", name)[:1]
                for key, number in carried:
                    raise NotVoidable(
                        _(
                            "%(number)d of the sequence %(series)s cannot be voided: %(field)s of "
                            "the row with primary key %(pk)s carries it. Use "
                            "gapless_fields.void_and_delete() to delete the row as well."
                        )
                        % {"number": number, "series": series, "field": field, "pk": key}
                    )


def refuse_void(
    series: Series, ranges: Sequence[NumberRange], connection: BaseDatabaseWrapper
) -> None:
    """Refuse numbers that are void already.

    Raises:
        NotVoidable: one of the numbers is void.
    """
    found = void_among(series, ranges, connection)
    if found is not None:
        raise NotVoidable(
            _("%(numbers)s of the sequence %(series)s cannot be voided: the register has it.")
            % {"numbers": found, "series": series}
        )
