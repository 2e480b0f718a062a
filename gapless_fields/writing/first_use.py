"""Rows that were numbered before their series had a counter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from gapless_fields.counters import writer
from gapless_fields.exceptions import SequenceLocked, SequenceNotSynced
from gapless_fields.rows.in_series import fields_of_series, has_column, highest_number
from gapless_fields.rows.voids import highest_void
from gapless_fields.series.series import MAX_VALUE

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.counters.dialects import GenericDialect
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


def refuse_if_numbered(
    series: Series,
    first: int,
    connection: BaseDatabaseWrapper,
    apps: Apps | None = None,
    besides: tuple[type[Model], Any] | None = None,
) -> None:
    """Refuse to start a series at ``first`` if rows carry that number or a higher one.

    ``besides`` is the row that has just got the number. It does not count.

    This is called only if the counter may just have been created, so that later saves do not pay
    for it.

    Raises:
        SequenceNotSynced: the counter must be moved forward first.
    """
    fields = fields_of_series(series, connection, apps)
    if apps is None:  # called by a function such as get_next_value(), perhaps in a migration
        fields = [field for field in fields if has_column(field, connection)]
    highest = highest_number(series, connection, fields, besides)
    if highest is None or highest[0] < first:
        _refuse_if_void(series, first, connection)
        return
    raise SequenceNotSynced(
        _(
            "The sequence %(series)s would start at %(first)d, but %(field)s already carries "
            'numbers up to %(highest)d in the database "%(database)s". Run '
            '"manage.py sync_sequences --database %(database)s" first.'
        )
        % {
            "series": series,
            "first": first,
            "field": highest[1],
            "highest": highest[0],
            "database": connection.alias,
        }
    )


def _refuse_if_void(series: Series, first: int, connection: BaseDatabaseWrapper) -> None:
    """Refuse to give numbers again that are void: a counter was lost, or deleted."""
    highest = highest_void(series, connection)
    if highest is not None and highest >= first:
        raise SequenceNotSynced(
            _(
                "The sequence %(series)s would start at %(first)d, but numbers up to %(highest)d "
                'are void in the register of the database "%(database)s". Run '
                '"manage.py sync_sequences --database %(database)s" first.'
            )
            % {
                "series": series,
                "first": first,
                "highest": highest,
                "database": connection.alias,
            }
        )


def behind(
    series: Series, field: NumberedField, connection: BaseDatabaseWrapper
) -> SequenceNotSynced:
    """Return the error for a series whose next number a row already carries."""
    return SequenceNotSynced(
        _(
            "The next number of the sequence %(series)s is in %(field)s already, in the database "
            '"%(database)s": its counter is behind. Run '
            '"manage.py sync_sequences --database %(database)s" first.'
        )
        % {
            "series": series,
            "field": field,
            "database": connection.alias,
        }
    )


def take(
    series: Series,
    count: int,
    connection: BaseDatabaseWrapper,
    apps: Apps | None = None,
    dialect: GenericDialect | None = None,
) -> Sequence[int]:
    """Take the next ``count`` numbers of a series, in the caller's transaction.

    Raises:
        SequenceNotSynced: the series is used for the first time, and rows carry its numbers.
        SequenceLocked: the lock could not be obtained in time.
        SequenceExhausted: fewer than ``count`` numbers are left. None is taken.
    """
    depends_on_data = series.start is not None
    series = ready(series, connection, count)
    block = writer.take(series, count, connection, dialect)
    if block.may_be_first:
        refuse_if_numbered(series, block.numbers[0], connection, apps)
        if depends_on_data:
            record_start(series, connection, count)
    return block.numbers


def take_many(
    wanted: Sequence[tuple[Series, int]], connection: BaseDatabaseWrapper, apps: Apps
) -> list[Sequence[int]]:
    """Take the next numbers of several series that do not loop, in the caller's transaction.

    Raises:
        What ``take()`` raises.
    """
    if any(series.start is not None for series, _count in wanted):
        return [take(series, count, connection, apps) for series, count in wanted]
    blocks = writer.take_many(wanted, connection)
    for (series, _count), block in zip(wanted, blocks, strict=True):
        if block.may_be_first:
            refuse_if_numbered(series, block.numbers[0], connection, apps)
    return [block.numbers for block in blocks]


def ready(series: Series, connection: BaseDatabaseWrapper, count: int = 1) -> Series:
    """Return a series with its first number, to be locked in the caller's transaction.

    If the first number depends on data, the project is asked for it before the first use, and only
    then. Once there is a counter, the first number means nothing: it is then so high that, if the
    counter is deleted meanwhile, ``record_start()`` knows it.
    """
    if series.start is None:
        return series
    if writer.peek(series, connection) is None:
        return series.started()
    return replace(series, initial_value=MAX_VALUE - count + 1, start=None)


def record_start(series: Series, connection: BaseDatabaseWrapper, count: int = 1) -> None:
    """Record the first number of a series that depends on data, for audits.

    Raises:
        SequenceLocked: the counter was deleted by another transaction meanwhile.
    """
    if series.initial_value == MAX_VALUE - count + 1:
        raise deleted_meanwhile(series)
    writer.store_first(series, series.initial_value, connection)


def deleted_meanwhile(series: Series) -> SequenceLocked:
    """Return the error for a counter that was there a moment ago."""
    return SequenceLocked(
        _("The counter of the sequence %(series)s was deleted meanwhile: try again.")
        % {"series": series}
    )
