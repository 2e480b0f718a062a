"""Numbers in the order of dates: compared under the counter's lock, before a number is taken.

A comparison after it would leave a gap, where the project catches the error and commits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils.translation import gettext as _

from gapless_fields import metrics
from gapless_fields.counters import writer
from gapless_fields.counters.transactions import exhausted
from gapless_fields.exceptions import NotChronological
from gapless_fields.rows.dates import dated_rows, latest_date
from gapless_fields.rows.in_series import project_time_zone
from gapless_fields.series.chronology import as_text
from gapless_fields.writing.first_use import ready, record_start, refuse_if_numbered

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


def take_in_order(
    series: Series,
    dates: Sequence[tuple[str, NumberedField]],
    connection: BaseDatabaseWrapper,
    apps: Apps | None = None,
) -> Sequence[int]:
    """Take a number for each of these dates of rows, in the caller's transaction.

    Raises:
        NotChronological: a date is earlier than the one before it, or than the series' latest.
        SequenceNotSynced: the series is used for the first time, and rows carry its numbers.
        SequenceLocked: the lock could not be obtained in time.
        SequenceExhausted: the series has too few numbers left.
    """
    depends_on_data = series.start is not None
    series = ready(series, connection)
    started = None if metrics.observer is None else perf_counter()
    last = writer.lock(series, connection)
    waited = None if started is None else perf_counter() - started
    numbers = series.following(last, len(dates))
    if last is None:
        refuse_if_numbered(series, numbers[0], connection, apps)
        if depends_on_data:
            record_start(series, connection)
    latest = None
    if last is not None:
        latest = writer.last_date(series, connection) or latest_date(series, connection, apps)
    for number, (date, field) in zip(numbers, dates, strict=True):
        if latest is not None and date < latest:
            raise _not_chronological(field, date, latest, series, number)
        latest = date
    if series.reset_value is None and numbers[-1] > series.max_value:
        raise exhausted(series)
    writer.store_with_date(series, numbers[-1], latest, connection)
    if waited is not None:
        metrics.taken([(series, len(numbers))], connection, waited)
    return numbers


def check_imported(
    series: Series,
    dates: Sequence[tuple[int, str, NumberedField]],
    connection: BaseDatabaseWrapper,
    apps: Apps | None = None,
) -> None:
    """Refuse imported numbers whose dates do not fit between those of the numbers beside them.

    Args:
        series: the series, which is locked.
        dates: the number, the date and the field of each row.
        connection: the database.
        apps: the models whose rows are in the series.

    Raises:
        NotChronological: a date does not fit.
    """
    imported: list[tuple[int, str, NumberedField | None]] = sorted(dates, key=lambda one: one[0])
    first, last = imported[0][0], imported[-1][0]
    carried: list[tuple[int, str, NumberedField | None]] = [
        (number, date, None)
        for number, date in _dates_around(series, first, last, connection, apps)
    ]
    in_order = sorted([*imported, *carried], key=lambda one: one[0])
    for before, after in pairwise(in_order):
        field = after[2] or before[2]
        if field is not None and after[1] < before[1]:
            raise _not_chronological(field, after[1], before[1], series, after[0])


def _dates_around(
    series: Series,
    first: int,
    last: int,
    connection: BaseDatabaseWrapper,
    apps: Apps | None,
) -> Iterator[tuple[int, str]]:
    """Yield the numbers and dates of the rows between two numbers, and of one on either side."""
    for field, rows in dated_rows(series, connection, apps):
        name = field.attname
        pairs = rows.annotate(gapless_number=F(name)).values_list(
            "gapless_number", str(field.chronological)
        )
        some: list[Any] = [
            pairs.filter(gapless_number__lt=first).order_by("-gapless_number")[:1],
            pairs.filter(gapless_number__gt=first, gapless_number__lt=last).order_by(),
            pairs.filter(gapless_number__gt=last).order_by("gapless_number")[:1],
        ]
        for query in some:
            with project_time_zone():
                yield from ((number, as_text(date)) for number, date in query if date is not None)


def _not_chronological(
    field: NumberedField, date: str, latest: str, series: Series, number: int
) -> NotChronological:
    return NotChronological(
        _(
            "%(model)s with %(column)s %(date)s cannot be number %(number)d of the series "
            "%(series)s: a lower number has %(latest)s, and %(field)s follows the dates. Use "
            "%(latest)s or a later date."
        )
        % {
            "model": field.model._meta.label,
            "column": field.chronological,
            "date": date,
            "number": number,
            "series": series,
            "latest": latest,
            "field": field,
        }
    )
