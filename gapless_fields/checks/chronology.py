"""E018: the date by which a series is ordered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField

from gapless_fields.checks.messages import error
from gapless_fields.checks.scopes import check_column

if TYPE_CHECKING:
    from gapless_fields.series.numbered_field import NumberedField


def check_chronological(field: NumberedField) -> Iterator[CheckMessage]:
    """Check the date by which a series is ordered."""
    if field.chronological is None:
        return
    try:
        column: Any = field.model._meta.get_field(field.chronological)
    except (FieldDoesNotExist, TypeError):
        column = None
    if not isinstance(column, DateField):
        yield error(
            18,
            field,
            f"'chronological' is {field.chronological!r}, which is not a date or datetime column "
            f"of {field.model._meta.label}.",
            "Name a DateField or DateTimeField of the model.",
        )
        return
    yield from check_column(field, column, "chronological", 18)
    if field.reset_value is not None:
        yield error(
            18,
            field,
            "A series that starts again cannot be chronological: its numbers do not tell which row "
            "is later.",
            "Remove 'chronological' or 'reset_value'.",
        )
