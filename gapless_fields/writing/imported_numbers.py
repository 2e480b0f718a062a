"""Numbers that new rows already have: refused, or imported inside ``accept_numbers()``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import field as default_field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from gapless_fields.counters import writer
from gapless_fields.exceptions import NumberInUse, NumberNotIssued
from gapless_fields.rows.in_series import carried_numbers
from gapless_fields.rows.voids import first_void
from gapless_fields.writing.chronology import check_imported
from gapless_fields.writing.first_use import refuse_if_numbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series

_accepting: ContextVar[int] = ContextVar("gapless_accepting", default=0)
"""How many ``accept_numbers()`` blocks are open in this context."""


@contextmanager
def accept_numbers() -> Iterator[None]:
    """Accept the numbers that new rows already have, and move the counters forward past them.

    Use it for imports. Inside, a row that is inserted with a number keeps it, and the series
    continues after the highest. A row without a number gets the next one, as usual. A number that
    another row of the series has, whatever its model, is refused with ``NumberInUse``. Outside, a
    new row with a number of its own is refused with ``NumberNotIssued``. It can also be used as a
    decorator.

    It needs no transaction of its own, but each row locks its series until the transaction ends.
    """
    # Counted, not reset: two generators may be left in the order in which they were entered.
    _accepting.set(_accepting.get() + 1)
    try:
        yield
    finally:
        _accepting.set(_accepting.get() - 1)


def accepting() -> bool:
    """Return whether the caller is inside ``accept_numbers()``."""
    return _accepting.get() > 0


@dataclass
class Import:
    """The numbers that the rows of one INSERT import into one series."""

    series: Series
    apps: Apps
    numbers: list[tuple[int, NumberedField]] = default_field(default_factory=list)
    dates: list[tuple[int, str, NumberedField]] = default_field(default_factory=list)
    """The numbers with the dates of their rows, if the series is in the order of dates."""
    last: int | None = None
    """The last number of the counter before the import, read under its lock."""


def check_accepted(number: object, field: NumberedField) -> None:
    """Refuse a new row with a number of its own, unless inside ``accept_numbers()``.

    Raises:
        NumberNotIssued: the call is outside ``accept_numbers()``.
    """
    if not accepting():
        raise NumberNotIssued(
            _(
                "%(field)s of a new row is %(number)s, which its series %(series)s has not given "
                "to it. Leave the number out to get the next one (in a copy, set it to None). To "
                "import rows with their own numbers, save them inside "
                "gapless_fields.accept_numbers()."
            )
            % {"field": field, "number": number, "series": field.series}
        )


def admit(imported: Import, connection: BaseDatabaseWrapper, *, conflicts: bool) -> None:
    """Accept or refuse the numbers before the INSERT, and lock the series.

    Args:
        imported: the numbers.
        connection: the database.
        conflicts: whether the INSERT may leave rows out. If so, ``settle()`` must follow.

    Raises:
        NumberNotIssued: a number is out of the series' range.
        NumberInUse: another row has one of the numbers.
        NotChronological: a date does not fit between those of the numbers beside it.
        SequenceNotSynced: the series is unused, but rows carry higher numbers.
    """
    series = imported.series
    lowest = 0 if series.reset_value is None else series.initial_value
    for number, field in imported.numbers:
        if not lowest <= number <= series.max_value:
            raise NumberNotIssued(
                _(
                    "%(field)s is %(number)d, a number that the sequence %(series)s never gives: "
                    "its numbers go from %(lowest)d to %(highest)d."
                )
                % {
                    "field": field,
                    "number": number,
                    "series": series,
                    "lowest": lowest,
                    "highest": series.max_value,
                }
            )
    imported.last = writer.lock(series, connection)
    if conflicts:
        return
    if series.reset_value is None:  # a series that loops gives its numbers again
        found = carried_numbers(
            series, [number for number, _field in imported.numbers], connection, imported.apps
        )
        _refuse_doubles(imported, [*found, *(number for number, _field in imported.numbers)])
        refuse_void(series, [number for number, _field in imported.numbers], connection)
    if imported.dates:
        check_imported(series, imported.dates, connection, imported.apps)
    _advance(imported, max(number for number, _field in imported.numbers), connection)


def settle(imports: Iterable[Import], connection: BaseDatabaseWrapper) -> None:
    """Move the counters forward past the rows that an INSERT with conflicts has inserted."""
    for imported in imports:
        numbers = [number for number, _field in imported.numbers]
        found = carried_numbers(imported.series, numbers, connection, imported.apps)
        if imported.series.reset_value is None:
            _refuse_doubles(imported, found)
            refuse_void(imported.series, found, connection)
        dates = [one for one in imported.dates if one[0] in found]
        if dates:
            check_imported(imported.series, dates, connection, imported.apps)
        if found:
            _advance(imported, max(found), connection)
        elif imported.last is None:
            writer.drop(imported.series, connection)


def _refuse_doubles(imported: Import, numbers: Sequence[int]) -> None:
    """Refuse numbers that two rows would have."""
    fields = dict(imported.numbers)
    for number, count in Counter(numbers).items():
        if count > 1:
            raise number_in_use(fields[number], number, imported.series)


def refuse_void(series: Series, numbers: Sequence[int], connection: BaseDatabaseWrapper) -> None:
    """Refuse new rows with numbers that are void.

    Raises:
        NumberInUse: one of the numbers is void.
    """
    number = first_void(series, numbers, connection)
    if number is not None:
        raise NumberInUse(
            _(
                "A new row has the number %(number)d of the series %(series)s, which is void: the "
                "register says why. Leave the number out, and the row gets the next one."
            )
            % {"number": number, "series": series}
        )


def number_in_use(field: NumberedField, number: int, series: Series) -> NumberInUse:
    """Return the error for a new row whose number another row has."""
    return NumberInUse(
        _(
            "%(field)s of a new row is %(number)d, which another row of the series "
            "%(series)s has. Leave the number out, and the row gets the next one."
        )
        % {"field": field, "number": number, "series": series}
    )


def _advance(imported: Import, number: int, connection: BaseDatabaseWrapper) -> None:
    """Move the counter forward to an imported number."""
    series, last = imported.series, imported.last
    if last is None:
        refuse_if_numbered(series, number + 1, connection, imported.apps)
        start = series.started().initial_value
        if number < start:
            writer.drop(series, connection)
            return
    if last is None or last < number:
        dates = {one: date for one, date, _field in imported.dates}
        if dates:  # the highest number has the latest date
            writer.store_with_date(series, number, dates[number], connection)
        else:
            writer.store(series, number, connection)
        if last is None and series.start is not None:
            writer.store_first(series, start, connection)
