"""What divides a sequence into series: columns, parts of dates, and parts of one's own.

Each part has two sides that must agree: a value of a row in Python, by which rows are numbered, and
an expression in SQL, by which a queryset is grouped and filtered.
"""

from __future__ import annotations

import datetime
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    DateField,
    F,
    Field,
    IntegerField,
    Model,
    Q,
    TextField,
    When,
)
from django.db.models.functions import ExtractMonth, ExtractYear
from django.db.models.lookups import Exact, IsNull, LessThan
from django.utils import timezone
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext as _

from gapless_fields.columns import canonical, column_value
from gapless_fields.dialects.functions import Utf8
from gapless_fields.exceptions import ScopeIncomplete

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

DATE_PARTS = ("year", "iso_year", "quarter", "month", "week", "day", "date")
"""The transforms of a date that a scope may name, as Django names them."""


class ScopePart:
    """One value by which a sequence is divided into series.

    Subclass it for a value that is no column and no part of a date; make the subclass
    ``django.utils.deconstruct.deconstructible``, since migrations write it down::

        @deconstructible
        class Half(ScopePart):
            columns = ("issued_on",)

            def value(self, row):
                return 1 if self.date(row, "issued_on").month <= 6 else 2

            def expression(self):
                return Case(When(issued_on__month__lte=6, then=1), default=2)
    """

    columns: tuple[str, ...] = ()
    """The names of the columns that the value depends on."""

    needs_value = False
    """Whether NULL is no value: for a part of a date, it would be a date that was forgotten."""

    output_field: Field[Any, Any] = IntegerField()
    """The field whose ``to_python()`` makes the value, of either side, what it is."""

    def value(self, row: Model) -> Any:
        """The value for a row, which may not be saved yet. None is a value like any other.

        Args:
            row: an instance of the model, on which the attributes of ``columns`` are what the row
                holds, or will hold once it is saved.
        """
        raise NotImplementedError

    def expression(self) -> Combinable:
        """The same value as an expression on a queryset of the model."""
        raise NotImplementedError

    def date(self, row: Model, name: str) -> datetime.date:
        """The date in a date or datetime column of a row, in the project's ``TIME_ZONE``.

        Never in the time zone that a request has activated: a row has one series, whoever saves it.

        Raises:
            ScopeIncomplete: there is none.
        """
        value = column_value(row, name)
        if value is None:
            raise _incomplete(row, name)
        if isinstance(value, datetime.datetime):
            if settings.USE_TZ:
                # The last day that a datetime can have is not another day anywhere.
                with suppress(OverflowError):
                    value = timezone.localtime(value, timezone.get_default_timezone())
            return value.date()
        return value  # type: ignore[no-any-return]

    def canonical(self, value: Any) -> str | None:
        """A value of either side as the text that names the series.

        Raises:
            ScopeIncomplete: the value is NULL, and may not be.
        """
        if value is None and self.needs_value:
            raise ScopeIncomplete(
                _("A numbered row has no %(column)s, which its series depends on.")
                % {"column": self.columns[0]}
            )
        return canonical(self.output_field.to_python(value))

    def matching(self, text: str | None) -> Q:
        """The condition for rows of the series with that value."""
        if text is None:
            return Q(IsNull(self.expression(), True))
        return Q(Exact(self.expression(), self.output_field.to_python(text)))


class Column(ScopePart):
    """The value of a column."""

    def __init__(self, field: Field[Any, Any]) -> None:
        self.columns = (field.name,)
        self.attname = field.attname
        self.output_field = getattr(field, "target_field", field)
        self.is_text = isinstance(self.output_field, CharField | TextField)

    def value(self, row: Model) -> Any:
        return column_value(row, self.columns[0])

    def expression(self) -> Combinable:
        return Utf8(F(self.attname)) if self.is_text else F(self.attname)

    def canonical(self, value: Any) -> str | None:
        if isinstance(value, bytes | memoryview):  # psycopg2's
            value = bytes(value).decode()
        return super().canonical(value)

    def matching(self, text: str | None) -> Q:
        column = F(self.attname)
        if text is None:
            return Q(IsNull(column, True))
        equal = Q(Exact(column, self.output_field.to_python(text)))  # for an index
        return equal & Q(Exact(Utf8(column), text.encode())) if self.is_text else equal


class DatePart(ScopePart):
    """A part of a date, as Django's transform of that name has it."""

    needs_value = True

    def __init__(self, name: str, part: str) -> None:
        self.columns = (name,)
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
        return F(f"{self.columns[0]}__{self.part}")


@deconstructible(path="gapless_fields.FiscalYear")
class FiscalYear(ScopePart):
    """The year in which a fiscal year begins.

    Args:
        date: the name of a date or datetime column.
        start_month: the month in which the fiscal year begins, 1 to 12, or the name of a column
            that holds it.

    With ``start_month=7``, June 2026 is in 2025, and July 2026 is in 2026.
    """

    needs_value = True

    def __init__(self, date: str, *, start_month: int | str) -> None:
        if isinstance(start_month, int) and not 1 <= start_month <= 12:
            raise ValueError(f"start_month must be between 1 and 12, not {start_month}")
        self.name = date
        self.start_month = start_month
        self.columns = (date, start_month) if isinstance(start_month, str) else (date,)

    def value(self, row: Model) -> int:
        date = self.date(row, self.name)
        start = self.start_month
        if isinstance(start, str):
            start = column_value(row, start)
            if start is None:
                raise _incomplete(row, self.columns[1])
        return date.year if date.month >= start else date.year - 1

    def expression(self) -> Combinable:
        start = F(self.start_month) if isinstance(self.start_month, str) else self.start_month
        before = Case(When(LessThan(ExtractMonth(self.name), start), then=1), default=0)
        return ExtractYear(self.name) - before


def _incomplete(row: Model, name: str) -> ScopeIncomplete:
    return ScopeIncomplete(
        _("%(model)s cannot be numbered without %(column)s, which its series depends on.")
        % {"model": row._meta.label, "column": name}
    )


def make_part(part: str | ScopePart, model: type[Model]) -> ScopePart:
    """The part that a declaration names, for a model that has the column.

    Raises:
        FieldDoesNotExist: it has not.
    """
    if isinstance(part, ScopePart):
        return part
    name, _separator, transform = part.partition("__")
    field = model._meta.get_field(name)
    if transform:
        return DatePart(name, transform)
    return Column(field)  # type: ignore[arg-type]
