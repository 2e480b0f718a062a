"""The date of a row whose series gives its numbers in the order of dates."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField

from gapless_fields.series.columns import EARLIEST, LATEST, column_value
from gapless_fields.series.scopes import incomplete

if TYPE_CHECKING:
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField


def date_of(field: NumberedField, row: Model) -> str:
    """Return the date of a row, by its values in memory, as the text that a counter keeps.

    Raises:
        ScopeIncomplete: there is no date.
        ValueError: the date is an expression, which only the database can evaluate.
    """
    name = str(field.chronological)
    value = column_value(row, name)
    if value is None:
        raise incomplete(row, name)
    return as_text(value)


def as_text(value: datetime.date) -> str:
    """Return a date, or a datetime in UTC, as text whose order is theirs."""
    if not isinstance(value, datetime.datetime):
        return value.isoformat()
    if value.tzinfo is not None:
        value = max(EARLIEST, min(value, LATEST)).astimezone(datetime.UTC)
    return value.isoformat(timespec="microseconds")


def kind_of_date(field: NumberedField) -> str | None:
    """Return whether a series is in the order of dates or of datetimes, or None."""
    if field.chronological is None:
        return None
    try:
        column = field.model._meta.get_field(field.chronological)
    except (FieldDoesNotExist, TypeError):
        return None  # reported by a check
    return "datetime" if isinstance(column, DateTimeField) else "date"
