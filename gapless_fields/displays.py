"""Numbers as people read them: ``INV-2026-00042``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from string import Formatter
from typing import TYPE_CHECKING, Any, Self, overload

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Case, CharField, F, Model, Q, Value, When
from django.db.models.functions import Cast, Concat, ExtractDay, ExtractMonth, ExtractYear, Right
from django.db.models.lookups import GreaterThanOrEqual

from gapless_fields.series.date_parts import FiscalYear
from gapless_fields.series.formats import FISCAL, Piece, fiscal_year, pieces, shown, year_of
from gapless_fields.series.registry import numbered_fields

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

_INTEGER = re.compile(r"(?:0(?P<width>\d+))?d")
_DATE_CODE = re.compile(r"%(.)|([^%]+)")


class NumberDisplay:
    """The formatted number of a row, as an attribute of the model.

    It is empty text while the row has no number. It is built whenever it is read, so that a change
    of the format needs no migration. The admin's ``list_display`` knows its header, and sorts it by
    the number::

        reference = NumberDisplay("INV-{issued_on:%Y}-{number:05d}")

    If the scope of the number has a ``FiscalYear``, ``{fiscal}`` is that year, as an integer::

        reference = NumberDisplay("INV-{fiscal}-{number:05d}")

    Args:
        format: a format string, as for ``str.format()``, that contains names of columns. One of
            them is the numbered field. Datetimes are in the project's ``TIME_ZONE``, as in a scope.
            An attribute of the model that is called ``fiscal`` takes precedence over the fiscal
            year.
        verbose_name: the header in the admin; None: the attribute's name.
    """

    def __init__(self, format: str, *, verbose_name: str | None = None) -> None:  # noqa: A002
        self.format = format
        self.verbose_name = verbose_name
        self.name = ""
        self.model: type[Model] | None = None

    def contribute_to_class(self, cls: type[Model], name: str) -> None:
        self.name = name
        self.model = cls
        setattr(cls, name, self)

    @overload
    def __get__(self, instance: None, owner: type[Model]) -> Self: ...

    @overload
    def __get__(self, instance: Model, owner: type[Model] | None = None) -> str: ...

    def __get__(self, instance: Model | None, owner: type[Model] | None = None) -> Self | str:
        if instance is None:
            return self
        names = {piece.name for piece in self.pieces()}
        for field in numbered_fields(type(instance)):
            if field.name in names and getattr(instance, field.attname) is None:
                return ""
        return str(Formatter().vformat(self.format, (), _Columns(instance, self)))

    @property
    def short_description(self) -> str:
        """The header of the admin's column."""
        return self.verbose_name or self.name.replace("_", " ")

    @property
    def admin_order_field(self) -> str | None:
        """The numbered field, by which the admin's column is sorted."""
        names = [piece.name for piece in self.pieces()]
        fields = numbered_fields(self.model) if self.model is not None else ()
        return next((field.name for field in fields if field.name in names), None)

    def pieces(self) -> Iterator[Piece]:
        """Return the parts of the format.

        Raises:
            ValueError: it is not a format string.
        """
        return pieces(self.format)

    def fiscal_year(self, model: type[Model]) -> FiscalYear | None:
        """Return what ``{fiscal}`` is: the fiscal year in the scope of a number in the format.

        None if there is none, or if the model has an attribute of that name.
        """
        return fiscal_year(self.format, model)

    def expression(self) -> Combinable:
        """Return the same text in SQL, for a ``GeneratedField`` to store, index and search::

            stored = models.GeneratedField(
                expression=reference.expression(),
                output_field=models.CharField(max_length=40),
                db_persist=True,
            )

        The text is NULL while one of its columns is NULL. A number that is wider than its padding
        is not truncated.

        Raises:
            ValueError: the format contains something that databases do not format alike. It may
                contain ``{number:d}`` and ``{number:05d}``, dates (not datetimes) with ``%Y``,
                ``%y``, ``%m`` and ``%d``, and the row's own text columns without a format. It may
                not contain ``{fiscal}``, because the scope is not known while the class is being
                created.
        """
        parts: list[Combinable] = []
        given = Q()
        for piece in self.pieces():
            if piece.text:
                parts.append(Value(piece.text))
            if piece.path is None:
                continue
            if piece.path != piece.name:
                raise ValueError(f"{piece.path} is not a column of the row itself")
            if piece.name == FISCAL and not hasattr(self.model, FISCAL):
                raise ValueError(
                    "{fiscal} has no expression in SQL: keep it in a column of another name"
                )
            given &= Q((f"{piece.name}__isnull", False))
            parts += _in_sql(piece)
        text: Combinable = Concat(*parts) if len(parts) > 1 else parts[0]
        return Case(When(given, then=text), default=None, output_field=CharField())


class _Columns(dict[str, Any]):
    """The values of an instance, as its fields have them in Python."""

    def __init__(self, instance: Model, display: NumberDisplay) -> None:
        super().__init__()
        self.instance = instance
        self.display = display

    def __missing__(self, name: str) -> Any:
        if name == FISCAL:
            part = self.display.fiscal_year(type(self.instance))
            if part is not None:
                return year_of(part, self.instance)
        value = getattr(self.instance, name)
        try:
            field = self.instance._meta.get_field(name)
        except FieldDoesNotExist:
            return value
        return shown(value, field)


def _in_sql(piece: Piece) -> list[Combinable]:
    if not piece.spec:
        return [_text(F(piece.name))]
    integer = _INTEGER.fullmatch(piece.spec)
    if integer is not None:
        return [_padded(F(piece.name), int(integer["width"] or 1))]
    dates: dict[str, Callable[[], Combinable]] = {
        "Y": lambda: _padded(ExtractYear(piece.name), 4),
        "y": lambda: Right(_padded(ExtractYear(piece.name), 4), 2),
        "m": lambda: _padded(ExtractMonth(piece.name), 2),
        "d": lambda: _padded(ExtractDay(piece.name), 2),
    }
    parts: list[Combinable] = []
    for code, text in _DATE_CODE.findall(piece.spec):
        if "%" not in piece.spec or (code and code not in dates):
            raise ValueError(f"{piece.spec!r} of {piece.name} has no expression in SQL")
        parts.append(dates[code]() if code else Value(text))
    return parts


def _text(value: Combinable) -> Combinable:
    return Cast(value, CharField())


def _padded(value: Combinable, width: int) -> Combinable:
    """Pad with zeros to ``width`` digits. (LPAD would truncate what is wider.)"""
    if width == 1:
        return _text(value)
    padded = Right(Concat(Value("0" * width), _text(value)), width)
    wider = When(GreaterThanOrEqual(value, Value(10**width)), then=_text(value))
    return Case(wider, default=padded, output_field=CharField())
