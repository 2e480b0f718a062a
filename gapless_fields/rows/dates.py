"""The dates of the rows of a series that is in the order of dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import Max

from gapless_fields.rows.in_series import fields_of_series, project_time_zone, rows_of_series
from gapless_fields.series.chronology import as_text

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


def dated_rows(
    series: Series, connection: BaseDatabaseWrapper, apps: Apps | None = None
) -> Iterator[tuple[NumberedField, QuerySet[Model]]]:
    """Yield the chronological fields of a series, each with the rows that carry its numbers."""
    for field in fields_of_series(series, connection, apps):
        if field.chronological is not None:
            rows = rows_of_series(series, field, connection)
            yield field, rows.filter(**{f"{field.attname}__isnull": False})


def latest_date(
    series: Series, connection: BaseDatabaseWrapper, apps: Apps | None = None
) -> str | None:
    """Return the latest date of the rows of a series as text, or None."""
    found = []
    for field, rows in dated_rows(series, connection, apps):
        with project_time_zone():
            value = rows.aggregate(latest=Max(str(field.chronological)))["latest"]
        if value is not None:
            found.append(as_text(value))
    return max(found, default=None)
