"""Move counters forward to the numbers that rows carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from gapless_fields.counters import writer
from gapless_fields.rows.dates import latest_date
from gapless_fields.rows.in_series import fields_of_series, highest_number, series_in_use
from gapless_fields.rows.voids import highest_void

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


def sync_field(field: NumberedField, connection: BaseDatabaseWrapper) -> None:
    """Sync the series in which a field has numbers, each in a transaction of its own.

    If the caller has opened a transaction, it is that one. The models are those of the field's own
    registry: a migration's, or the project's.

    Raises:
        SequenceLocked: the database's lock timeout has expired.
    """
    apps = field.model._meta.apps
    for series in series_in_use(field.sequence, connection, apps):
        with transaction.atomic(using=connection.alias):
            sync(series, connection, apps=apps)


def sync(
    series: Series,
    connection: BaseDatabaseWrapper,
    *,
    given: int | None = None,
    apps: Apps | None = None,
    dry_run: bool = False,
) -> tuple[int | None, int | None]:
    """Move a counter forward to the highest number in use or void, under its lock.

    Must be called in a transaction of its own, because writers wait for the lock until it ends.

    Args:
        series: the series.
        connection: the database.
        given: a number that was given without the counter, and those before it. For a series that
            loops, it counts instead of the rows, whose highest number may be of an earlier round.
        apps: the models whose rows count. None means the project's. (A migration has its own.)
        dry_run: write nothing, and take no lock.

    Returns:
        The counter's last number before and after, each None if the series is unused. With
        ``dry_run``, the second is what it would be.
    """
    if dry_run:
        before = writer.peek(series, connection)
    else:
        # Lock first, so that every number given before is committed or rolled back when we look.
        before = writer.lock(series, connection)
    known = [before, given]
    if given is None or series.reset_value is None:
        fields = fields_of_series(series, connection, apps)
        highest = highest_number(series, connection, fields)
        known += [highest and highest[0], highest_void(series, connection)]
    after = max((number for number in known if number is not None), default=None)
    if not dry_run:
        if after is None:
            writer.drop(series, connection)
        elif after != before:
            _move(series, after, connection, apps)
    return before, after


def _move(series: Series, last: int, connection: BaseDatabaseWrapper, apps: Apps | None) -> None:
    """Move a counter that is locked, with its latest date if it has one."""
    dates = [writer.last_date(series, connection), latest_date(series, connection, apps)]
    latest = max((date for date in dates if date is not None), default=None)
    writer.store_with_date(series, last, latest, connection)
