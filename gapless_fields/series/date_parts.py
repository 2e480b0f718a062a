"""Parts of dates that divide a sequence into series, including fiscal years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    F,
    Field,
    IntegerField,
    Model,
    Transform,
    Value,
    When,
)
from django.db.models.functions import (
    ExtractDay,
    ExtractIsoYear,
    ExtractMonth,
    ExtractQuarter,
    ExtractWeek,
    ExtractYear,
    Greatest,
    Least,
    TruncDate,
)
from django.db.models.lookups import LessThan
from django.utils.deconstruct import deconstructible

from gapless_fields.series.columns import EARLIEST, LATEST, column_value
from gapless_fields.series.scopes import Column, ScopePart, incomplete

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

DATE_PARTS: dict[str, type[Transform]] = {
    "year": ExtractYear,
    "iso_year": ExtractIsoYear,
    "quarter": ExtractQuarter,
    "month": ExtractMonth,
    "week": ExtractWeek,
    "day": ExtractDay,
    "date": TruncDate,
}
"""The transforms of a date that a scope may name, as Django names them."""


class DatePart(ScopePart):
    """A part of a date, as Django's transform of that name computes it."""

    needs_value = True

    def __init__(self, field: Field[Any, Any], part: str) -> None:
        self.columns = (field.name,)
        self.field = field
        self.part = part
        self.output_field = DateField() if part == "date" else IntegerField()

    def value(self, row: Model) -> Any:
        date = self.date(row, self.columns[0])
        match self.part:
            case "iso_year":
                return date.isocalendar().year
            case "week":
                return date.isocalendar().week
            case "quarter":
                return (date.month + 2) // 3
            case "date":
                return date
        return getattr(date, self.part)

    def expression(self) -> Combinable:
        return DATE_PARTS[self.part](_date_in_sql(self.field))


@deconstructible(path="gapless_fields.FiscalYear")
class FiscalYear(ScopePart):
    """The year in which a fiscal year begins.

    Args:
        date: the name of a date or datetime column.
        start_month: the month in which the fiscal year begins, 1 to 12, or the name of a column
            that holds it.

    With ``start_month=7``, June 2026 belongs to fiscal year 2025, and July 2026 to 2026.
    """

    needs_value = True

    def __init__(self, date: str, *, start_month: int | str) -> None:
        if isinstance(start_month, int) and not 1 <= start_month <= 12:
            raise ValueError(f"start_month must be between 1 and 12, not {start_month}")
        self.name = date
        self.start_month = start_month
        self.field: Field[Any, Any] | None = None
        self.columns = (date, start_month) if isinstance(start_month, str) else (date,)

    def value(self, row: Model) -> int:
        date = self.date(row, self.name)
        start = self.start_month
        if isinstance(start, str):
            start = column_value(row, start)
            if start is None:
                raise incomplete(row, self.columns[1])
        return date.year if date.month >= start else date.year - 1

    def expression(self) -> Combinable:
        start = F(self.start_month) if isinstance(self.start_month, str) else self.start_month
        date = F(self.name) if self.field is None else _date_in_sql(self.field)
        before = Case(When(LessThan(ExtractMonth(date), start), then=1), default=0)
        return ExtractYear(date) - before

    def of(self, model: type[Model]) -> FiscalYear:
        """Return a copy of this part that knows the field of its column."""
        part = FiscalYear(self.name, start_month=self.start_month)
        part.field = model._meta.get_field(self.name)  # type: ignore[assignment]
        return part


def _date_in_sql(field: Field[Any, Any]) -> Combinable:
    """Return a date or datetime column as an expression that can be converted to a time zone."""
    if not isinstance(field, DateTimeField) or not settings.USE_TZ:
        return F(field.name)
    return Greatest(Least(F(field.name), Value(LATEST)), Value(EARLIEST))


def make_part(part: str | ScopePart, model: type[Model]) -> ScopePart:
    """Return the part that a declaration names, for a model that has the column.

    Raises:
        FieldDoesNotExist: the model has no such column.
    """
    if isinstance(part, FiscalYear):
        return part.of(model)
    if isinstance(part, ScopePart):
        return part
    name, _separator, transform = part.partition("__")
    field = model._meta.get_field(name)
    if transform:
        return DatePart(field, transform)  # type: ignore[arg-type]
    return Column(field)  # type: ignore[arg-type]
