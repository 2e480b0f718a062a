"""What divides a sequence into series: columns, and custom parts (for dates: ``date_parts``).

Each part has two sides that must agree: a value of a row in Python, by which rows are numbered, and
an expression in SQL, by which a queryset is grouped and filtered.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import (
    CharField,
    F,
    Field,
    IntegerField,
    Model,
    Q,
    TextField,
    Value,
)
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext as _

from gapless_fields.exceptions import ScopeIncomplete
from gapless_fields.series.collations import Utf8
from gapless_fields.series.columns import canonical, column_value, local_date

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable


class ScopePart:
    """A value that divides a sequence into series.

    Subclass it for a value that is neither a column nor a part of a date. Decorate the subclass
    with ``django.utils.deconstruct.deconstructible``, because migrations serialize it::

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
    """Whether NULL is not a value. For a part of a date, NULL means that the date is missing."""

    output_field: Field[Any, Any] = IntegerField()
    """The field whose ``to_python()`` converts the value of either side."""

    def value(self, row: Model) -> Any:
        """Return the value for a row, which may not be saved yet. None is a value like any other.

        Args:
            row: an instance of the model. Its attributes named in ``columns`` contain what the row
                holds, or will hold once it is saved.
        """
        raise NotImplementedError

    def expression(self) -> Combinable:
        """Return the same value as an expression on a queryset of the model."""
        raise NotImplementedError

    def date(self, row: Model, name: str) -> datetime.date:
        """Return the date in a date or datetime column of a row, in the project's ``TIME_ZONE``.

        A time zone that a request has activated is ignored: a row has one series, whoever saves it.

        Raises:
            ScopeIncomplete: there is no date.
        """
        value = column_value(row, name)
        if value is None:
            raise incomplete(row, name)
        return local_date(value)

    def canonical(self, value: Any) -> str | None:
        """Return a value of either side as the text that identifies the series.

        Raises:
            ScopeIncomplete: the value is NULL, which is not allowed.
        """
        if value is None and self.needs_value:
            raise ScopeIncomplete(
                _("A numbered row has no %(column)s, which its series depends on.")
                % {"column": self.columns[0]}
            )
        return canonical(self.output_field.to_python(value))

    def matching(self, text: str | None) -> Q:
        """Return the condition for rows of the series with that value."""
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
        if isinstance(value, bytes | memoryview):  # from psycopg2
            value = bytes(value).decode()
        # As it is stored: an enumeration may be stored by its names.
        field = self.output_field
        return canonical(field.get_prep_value(field.to_python(value)))

    def matching(self, text: str | None) -> Q:
        column = F(self.attname)
        if text is None:
            return Q(IsNull(column, True))
        field = self.output_field
        equal = Q(Exact(column, Value(field.to_python(text), output_field=field)))  # for an index
        return equal & Q(Exact(Utf8(column), text.encode())) if self.is_text else equal


def incomplete(row: Model, name: str) -> ScopeIncomplete:
    """Return the error for a row without a value that its series depends on."""
    return ScopeIncomplete(
        _("%(model)s cannot be numbered without %(column)s, which its series depends on.")
        % {"model": row._meta.label, "column": name}
    )
