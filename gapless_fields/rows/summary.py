"""Summarize a series' rows: how many there are, and which numbers are missing or duplicates."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import F

from gapless_fields.counters import writer
from gapless_fields.rows.in_series import fields_of_series, project_time_zone, rows_of_series

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.series import Series


class Summary(NamedTuple):
    """A summary of a series' rows, from all models that share it."""

    rows: int
    """The rows that carry a number."""

    missing: int
    """The numbers from the first to the highest that no row carries."""

    double: int
    """The numbers that more than one row carries."""


def summarize(series: Series, connection: BaseDatabaseWrapper) -> Summary:
    """Count the rows and the numbers of a series, as a single statement sees them, without a lock.

    If the series loops, its numbers repeat, and ``missing`` and ``double`` have no meaning.

    Raises:
        TimeZonesMissing: the database cannot tell which rows are in the series.
    """
    selects: list[str] = []
    start: int | None = series.initial_value
    if series.start is not None:  # it depends on data: as recorded, or the lowest row
        start = writer.first(series, connection)
    params: list[Any] = [0 if start is None else start]
    for field in fields_of_series(series, connection):
        rows = rows_of_series(series, field, connection)
        rows = rows.filter(**{f"{field.attname}__isnull": False}).order_by()
        numbers = rows.annotate(gapless_number=F(field.attname)).values("gapless_number")
        with project_time_zone(), suppress(EmptyResultSet):  # a part that matches no row
            sql, values = numbers.query.get_compiler(connection=connection).as_sql()
            selects.append(sql)
            params += values
    if not selects:
        return Summary(0, 0, 0)
    number, times = map(connection.ops.quote_name, ("gapless_number", "gapless_times"))
    with connection.cursor() as cursor:
        # The ORM cannot group the rows of a union.
        cursor.execute(
            f"SELECT MIN({number}), SUM({times}), MAX({number}),"
            f" SUM(CASE WHEN {number} >= %s THEN 1 ELSE 0 END),"
            f" SUM(CASE WHEN {times} > 1 THEN 1 ELSE 0 END)"
            f" FROM (SELECT {number}, COUNT(*) {times}"
            f" FROM ({' UNION ALL '.join(selects)}) gapless_rows"
            f" GROUP BY {number}) gapless_numbers",
            params,
        )
        # The SUM of no rows is NULL.
        lowest, count, highest, different, double = (int(value or 0) for value in cursor.fetchone())
    start = lowest if start is None else start
    missing = max(highest - start + 1, 0) - different if count else 0
    return Summary(count, missing, double)
