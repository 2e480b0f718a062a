"""Values of columns, as Python has them and as exact text."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from enum import Enum
from typing import Any

from django.conf import settings
from django.db.models import CharField, DateField, DecimalField, Field, Model
from django.utils import timezone
from django.utils.duration import duration_string

from gapless_fields.django_internals.models import ModelState

# The first and last hours with a local time everywhere. Beyond, Python's conversion overflows.
EARLIEST = datetime.datetime(1, 1, 1, 12, tzinfo=datetime.UTC)
LATEST = datetime.datetime(9999, 12, 31, 9, tzinfo=datetime.UTC)


class ReadState(ModelState):
    """The state of a row that was read by this package, not by the project."""


def local_date(value: datetime.date) -> datetime.date:
    """Return the day of a date or a datetime in the project's ``TIME_ZONE``."""
    if not isinstance(value, datetime.datetime):
        return value
    if settings.USE_TZ:
        value = max(EARLIEST, min(value, LATEST))
        value = timezone.localtime(value, timezone.get_default_timezone())
    return value.date()


def column_value(row: Model, name: str) -> Any:
    """Return the value of a column of a row, as its field has it in Python.

    Raises:
        ValueError: the value is an expression, which only the database can evaluate, or the column
            would round it.
    """
    field: Any = row._meta.get_field(name)
    if type(row._state) is ReadState:  # bypass other packages' descriptors, which may do more
        value = row.__dict__[field.attname]
    else:
        value = getattr(row, field.attname)
    if hasattr(value, "resolve_expression"):
        raise ValueError(
            f"{row._meta.label}.{name} is an expression, whose value is not known before the row "
            f"is written. Its number depends on it: assign a value."
        )
    raw, value = value, field.to_python(value)
    if isinstance(raw, float | Decimal) and isinstance(value, int) and raw != value:
        raise ValueError(
            f"{row._meta.label}.{name} is {raw}, and the column holds integers. The row's number "
            f"depends on it: round it first."
        )
    if isinstance(value, datetime.datetime) and settings.USE_TZ and timezone.is_naive(value):
        # The field does the same when it is written, and warns.
        return timezone.make_aware(value, timezone.get_default_timezone())
    if isinstance(value, Decimal | str):
        check_exact(value, getattr(field, "target_field", field), f"{row._meta.label}.{name}")
    return value


def stored_value(row: Model, name: str) -> Any:
    """Return the value of a column of a row, as its field will have it when it is read again."""
    field: Any = row._meta.get_field(name)
    return field.to_python(field.get_prep_value(column_value(row, name)))


def check_exact(value: Any, field: Any, name: str) -> None:
    """Refuse a value that a column would change while storing it, without an error.

    Args:
        value: the value, as the field has it in Python.
        field: the field. For a relation, the field that it refers to.
        name: what the error calls the value.

    Raises:
        ValueError: the column would round or truncate the value.
    """
    if isinstance(value, Decimal) and isinstance(field, DecimalField):
        places = field.decimal_places or 0
        if value.is_finite() and -int(value.normalize().as_tuple().exponent) > places:
            raise ValueError(
                f"{name} is {value}, which the column rounds to {places} decimal places. The row's "
                f"number depends on it: round it first."
            )
    elif isinstance(value, str) and isinstance(field, CharField):
        # PostgreSQL and MariaDB truncate trailing blanks silently.
        longest = field.max_length
        if longest is not None and len(value) > longest:
            raise ValueError(
                f"{name} is {value!r}, which is longer than the {longest} characters of the "
                f"column. The row's number depends on it: shorten it first."
            )


def canonical(value: Any) -> str | None:
    """Return a scope's value as text: the same for equal values, different for all others.

    ``7`` and ``"7"`` have the same text, and so have ``Decimal("1.50")`` and ``Decimal("1.5")``.

    Raises:
        TypeError: values of that type have no such text.
    """
    match value.value if isinstance(value, Enum) else value:
        case None:
            return None
        case bool():
            return str(int(value))
        case str() as text:
            return str(text)
        case int() | uuid.UUID() as number:
            return str(number)
        case Decimal():
            text = format(value.normalize(), "f")
            return "0" if text == "-0" else text
        case float():
            return repr(value)
        case datetime.datetime():
            if timezone.is_aware(value):
                value = value.astimezone(datetime.UTC)
            return str(value.isoformat())
        case datetime.date() | datetime.time():
            return str(value.isoformat())
        case datetime.timedelta():
            return duration_string(value)
        case Model():
            return canonical(value.pk)
    raise TypeError(f"a scope cannot hold {value!r}: a {type(value).__name__} has no exact text")


def is_date(field: Field[Any, Any]) -> bool:
    """Return whether a column holds dates, with or without a time."""
    return isinstance(field, DateField)
