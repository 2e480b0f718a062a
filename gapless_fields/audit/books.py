"""What the counters and the register say of the series of some sequences."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gapless_fields.audit.reports import Void
from gapless_fields.series.ranges import NumberRange
from gapless_fields.series.series import Series

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.audit.targets import SharedSequence
    from gapless_fields.models import RegisterEntry
    from gapless_fields.series.numbered_field import NumberedField

MOST_NAMES = 500


class Books(NamedTuple):
    """Counters and voids, by the keys of their series."""

    series: dict[str, Series]
    """The series that have a counter."""
    counters: dict[str, int]
    voids: dict[str, list[Void]]


def scope_of_counter(text: str) -> tuple[str | None, ...]:
    """Return the scope that a counter's column holds as text. Text that is no list is no scope."""
    with suppress(TypeError, ValueError):
        return tuple(json.loads(text)) if text else ()
    return ()


def series_of_counter(
    key: str, name: str, scope: tuple[str | None, ...], field: NumberedField | None
) -> Series | None:
    """Return the series of a counter, or None if its row was not written by this package.

    Args:
        key: the primary key of the counter.
        name: the name of its sequence.
        scope: its scope, see ``scope_of_counter()``.
        field: a field that shares the series, which knows where it starts. None: there is none.
    """
    try:
        series = replace(Series(name) if field is None else field.series, scope=scope)
        return series if series.key == key else None
    except (AttributeError, TypeError, ValueError):
        return None


def void_of(entry: RegisterEntry) -> Void | None:
    """Return what an entry of the register says of numbers, or None if it says nothing of any."""
    if entry.first is None or entry.last is None:
        return None
    numbers = NumberRange(entry.first, entry.last)
    return Void(numbers, entry.reason, entry.by, entry.recorded_at, entry.row)


def read_books(
    sequences: Iterable[SharedSequence],
    connection: BaseDatabaseWrapper,
    only: Series | None = None,
) -> Books:
    """Read the counters that have given a number, and the voids, of all series of sequences.

    With ``only``, those of that series alone.
    """
    # Models cannot be imported before their application is loaded.
    from gapless_fields.models import Counter, RegisterEntry

    fields = {(sequence.name, sequence.depth): sequence.fields[0] for sequence in sequences}
    names = sorted({name for name, _depth in fields})
    books = Books({}, {}, {})
    one = {} if only is None else {"key": only.key}
    for start in range(0, len(names), MOST_NAMES):
        some = names[start : start + MOST_NAMES]
        counters = Counter._base_manager.using(connection.alias).filter(name__in=some, **one)
        columns = "key", "name", "scope", "last", "first"
        for key, name, text, last, first in counters.values_list(*columns):
            scope = scope_of_counter(text)
            field = fields.get((name, len(scope)))
            if field is None or last < 0:  # it is being created
                continue
            series = series_of_counter(key, name, scope, field)
            if series is not None:
                if series.start is not None and first is not None:
                    series = replace(series, initial_value=first, start=None)
                books.series[key] = series
                books.counters[key] = last
        entries = RegisterEntry._base_manager.using(connection.alias).filter(
            kind=RegisterEntry.Kind.VOID, name__in=some, **one
        )
        for entry in entries.order_by("pk").iterator():
            void = void_of(entry)
            if void is not None:
                books.voids.setdefault(entry.key, []).append(void)
    return books
