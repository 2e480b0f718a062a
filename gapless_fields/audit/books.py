"""What the counters and the register say of the series of some sequences."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gapless_fields.audit.reports import Void
from gapless_fields.series.ranges import NumberRange

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.audit.targets import SharedSequence
    from gapless_fields.series.series import Series

MOST_NAMES = 500


class Books(NamedTuple):
    """Counters and voids, by the keys of their series."""

    series: dict[str, Series]
    """The series that have a counter."""
    counters: dict[str, int]
    voids: dict[str, list[Void]]


def read_books(sequences: Iterable[SharedSequence], connection: BaseDatabaseWrapper) -> Books:
    """Read the counters that have given a number, and the voids, of all series of sequences."""
    # Models cannot be imported before their application is loaded.
    from gapless_fields.models import Counter, RegisterEntry

    fields = {(sequence.name, sequence.depth): sequence.fields[0] for sequence in sequences}
    names = sorted({name for name, _depth in fields})
    books = Books({}, {}, {})
    for start in range(0, len(names), MOST_NAMES):
        some = names[start : start + MOST_NAMES]
        counters = Counter._base_manager.using(connection.alias).filter(name__in=some)
        columns = "key", "name", "scope", "last", "first"
        for key, name, text, last, first in counters.values_list(*columns):
            scope: tuple[str | None, ...] = ()
            with suppress(ValueError):
                scope = tuple(json.loads(text)) if text else ()
            field = fields.get((name, len(scope)))
            if field is None or last < 0:  # it is being created
                continue
            series = replace(field.series, scope=scope)
            if series.start is not None and first is not None:
                series = replace(series, initial_value=first, start=None)
            if series.key == key:
                books.series[key] = series
                books.counters[key] = last
        entries = RegisterEntry._base_manager.using(connection.alias).filter(
            kind=RegisterEntry.Kind.VOID, name__in=some
        )
        for entry in entries.order_by("pk").iterator():
            if entry.first is not None and entry.last is not None:
                numbers = NumberRange(entry.first, entry.last)
                void = Void(numbers, entry.reason, entry.by, entry.recorded_at, entry.row)
                books.voids.setdefault(entry.key, []).append(void)
    return books
