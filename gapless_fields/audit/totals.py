"""Counts each series of a table in one query: how many numbers, the lowest and the highest."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, Q

from gapless_fields.audit.stored_texts import wrong_text
from gapless_fields.audit.targets import date_column, in_column, oldest_date
from gapless_fields.exceptions import ScopeIncomplete
from gapless_fields.rows.in_series import (
    project_time_zone,
    refuse_without_time_zones,
    rows_of_series,
)
from gapless_fields.rows.reading import all_rows

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.audit.targets import SharedSequence
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


@dataclass(slots=True)
class Totals:
    """What the tables of a series hold together."""

    series: Series
    rows: int = 0
    first: int | None = None
    last: int | None = None
    fields: list[NumberedField] = field(default_factory=list)
    """The fields whose rows carry numbers of the series."""
    unnumbered: dict[NumberedField, int] = field(default_factory=dict)
    """How many rows are due and have no number."""
    texts: dict[NumberedField, int] = field(default_factory=dict)
    """How many rows have a text that does not belong to their number."""
    is_recent: bool = True
    """Whether a row has the date that the audit asks about, or a later one."""

    def add(self, numbered: NumberedField, rows: int, first: int, last: int) -> None:
        """Add the rows of a table, or of a part of it."""
        self.rows += rows
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)
        if numbered not in self.fields:
            self.fields.append(numbered)


def series_of(numbered: NumberedField, values: Iterable[Any]) -> Series:
    """Return the series of rows by the values that the database has for its scope.

    A date that is missing is None, although no row can be numbered without it.
    """
    texts = []
    for part, value in zip(numbered.scope_parts, values, strict=True):
        try:
            texts.append(part.canonical(value))
        except ScopeIncomplete:
            texts.append(None)
    return replace(numbered.series, scope=tuple(texts))


def rows_to_audit(
    numbered: NumberedField,
    connection: BaseDatabaseWrapper,
    since: datetime.date | None,
    only: Series | None = None,
) -> tuple[QuerySet[Model], list[str]]:
    """Return the rows of a table with the values of their scope, and the names of these values.

    With ``only``, they are the rows of that series.

    Build and read it in ``project_time_zone()``.

    Raises:
        TimeZonesMissing: the database cannot tell which rows are in a series.
    """
    refuse_without_time_zones(numbered, connection)
    if only is None:
        rows = all_rows(numbered.model, connection.alias).order_by()
    else:
        rows = rows_of_series(only, numbered, connection).order_by()
    oldest = None if since is None else oldest_date(numbered, since)
    if oldest is not None:
        rows = rows.filter(**{f"{date_column(numbered)}__gte": oldest})
    parts = {f"gapless_{n}": part.expression() for n, part in enumerate(numbered.scope_parts)}
    return rows.annotate(**parts), list(parts)


def count_series(
    sequence: SharedSequence,
    numbered: NumberedField,
    found: dict[str, Totals],
    connection: BaseDatabaseWrapper,
    since: datetime.date | None,
    only: Series | None = None,
) -> None:
    """Count the rows of one table, and add them to what is found, by the keys of the series.

    With ``only``, the rows of other series are not counted.
    """
    wanted: dict[str, Any] = {
        "gapless_rows": Count(numbered.attname),
        "gapless_first": Min(numbered.attname),
        "gapless_last": Max(numbered.attname),
    }
    if numbered.null:
        due = Q(**{f"{numbered.attname}__isnull": True})
        if numbered.condition is not None:
            due &= numbered.condition.q
        wanted["gapless_unnumbered"] = Count("pk", filter=due)
    wrong = wrong_text(numbered)
    if wrong is not None:
        wanted["gapless_texts"] = Count("pk", filter=wrong)
    if since is not None:
        wanted["gapless_date"] = Max(str(date_column(numbered)))
    with project_time_zone():
        rows, names = rows_to_audit(numbered, connection, since, only)
        if names:
            counted = rows.values(*names).annotate(**wanted).values_list(*names, *wanted)
            results = counted.iterator(chunk_size=2000)
        else:
            values = rows.aggregate(**wanted)
            results = iter([tuple(values[name] for name in wanted)])
        for result in results:
            scope = result[: len(names)]
            counts = dict(zip(wanted, result[len(names) :], strict=True))
            number, unnumbered = counts["gapless_rows"], counts.get("gapless_unnumbered", 0)
            texts, date = counts.get("gapless_texts", 0), counts.get("gapless_date")
            if not number and not unnumbered and not texts:
                continue
            series = series_of(numbered, scope)
            totals = found.get(series.key)
            if totals is None:
                totals = found[series.key] = Totals(series, is_recent=since is None)
            if number:
                totals.add(numbered, number, counts["gapless_first"], counts["gapless_last"])
            if unnumbered:
                totals.unnumbered[numbered] = totals.unnumbered.get(numbered, 0) + unnumbered
            if texts:
                totals.texts[numbered] = totals.texts.get(numbered, 0) + texts
            if since is not None and date is not None:
                totals.is_recent |= date >= in_column(numbered, since)
