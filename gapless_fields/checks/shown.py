"""W002 and E021: whether a format distinguishes the rows of different series."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from gapless_fields.checks.scopes import check_parts, columns_of
from gapless_fields.series.columns import is_date
from gapless_fields.series.date_parts import FiscalYear
from gapless_fields.series.formats import FISCAL, Piece, fiscal_year, pieces
from gapless_fields.series.numbered_field import NumberedField
from gapless_fields.series.registry import numbered_fields
from gapless_fields.series.scopes import ScopePart

_CODE = re.compile(r"%[-_^#0-9EO]*([A-Za-z%])")

_SHOWS = {
    **dict.fromkeys("Yy", "year"),
    **dict.fromkeys("Gg", "iso_year"),
    **dict.fromkeys("mbBh", "month"),
    **dict.fromkeys("VWU", "week"),
    **dict.fromkeys("de", "day"),
    **dict.fromkeys("uwaA", "weekday"),
    **dict.fromkeys("xcDFs", "date"),
    "j": "day of the year",
}
"""What each ``strftime()`` code shows of a date. A century (``%C``) does not distinguish years."""

_WHOLE = ({"year", "month", "day"}, {"year", "day of the year"}, {"iso_year", "week", "weekday"})
"""The parts that make a date."""

_CODES = {"year": "%Y", "iso_year": "%G", "week": "%V", "day": "%d", "date": "%Y-%m-%d"}
"""How a format shows each part of a date; ``%m`` shows a month and a quarter."""


class Hidden(NamedTuple):
    """Parts of a number's scope that a format does not show."""

    field: NumberedField
    parts: str
    """The parts, in words."""
    ways: str
    """What would show them, as written in a format."""


def hidden_parts(model: type[Model], format_: str) -> Iterator[Hidden]:
    """Yield the numbers in a valid format that rows of several series may have in common."""
    part = fiscal_year(format_, model)
    shown: dict[str, list[Piece]] = {}
    found = [piece for piece in pieces(format_) if piece.path is not None]
    for piece in found:
        if piece.name == FISCAL and part is not None:
            continue
        attname = _attname(model, piece.name)
        if attname is None or "{" in piece.spec:
            return  # a property, or a format built from others: it may show anything
        shown.setdefault(attname, []).append(piece)
    names = {piece.name for piece in found}
    for field in numbered_fields(model):
        if field.name not in names or any(check_parts(field)):
            continue
        told = part if FISCAL in names else None
        hidden = [one for one in _hidden(field, model, shown) if one is not told]
        if hidden:
            parts = " and ".join(_text(one) for one in hidden)
            ways = ", ".join(way for one in hidden for way in _ways(one, model, part))
            yield Hidden(field, parts, ways)


def _attname(model: type[Model], name: str) -> str | None:
    try:
        column: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return column.attname if column.concrete and not column.many_to_many else None


def _hidden(
    field: NumberedField, model: type[Model], shown: Mapping[str, list[Piece]]
) -> Iterator[str | ScopePart]:
    """Yield the parts of the scope that differ between rows that are displayed alike."""
    own = {column.attname for part in field.scope for column in columns_of(part, model)}
    # What a row of another table shows may depend on the part: {customer.company.prefix}.
    reaching = any(
        piece.path != piece.name and model._meta.get_field(piece.name).is_relation
        for attname, pieces in shown.items()
        if attname not in own
        for piece in pieces
    )
    for part in field.scope:
        columns = list(columns_of(part, model))
        pieces = [shown.get(column.attname, []) for column in columns]
        if isinstance(part, FiscalYear):
            dates = _dates_shown(pieces[0])
            is_shown = {"year", "month"} <= dates or ("year" in dates and part.start_month == 1)
        elif isinstance(part, str) and is_date(columns[0]):
            is_shown = (part.partition("__")[2] or "date") in _dates_shown(pieces[0])
        else:
            is_shown = reaching or all(pieces)
        if not is_shown:
            yield part


def _dates_shown(pieces: Iterable[Piece]) -> set[str]:
    """Return the parts of a date that are shown by pieces of its column."""
    shown: set[str] = set()
    for piece in pieces:
        attribute = (piece.path or "").partition(".")[2]
        if attribute:
            shown.add(attribute if attribute in ("year", "month", "day") else "date")
        elif piece.conversion or not piece.spec:
            shown.add("date")
        else:
            shown |= {_SHOWS.get(code, "") for code in _CODE.findall(piece.spec)}
    if "date" in shown or any(parts <= shown for parts in _WHOLE):
        shown |= {"date", "year", "iso_year", "month", "week", "day"}
    if "month" in shown:
        shown.add("quarter")
    if "day of the year" in shown:
        shown.add("day")
    return shown


def _text(part: str | ScopePart) -> str:
    return repr(part) if isinstance(part, str) else type(part).__name__


def _ways(part: str | ScopePart, model: type[Model], fiscal: FiscalYear | None) -> Iterator[str]:
    """Yield what shows a part, as written in a format."""
    if part is fiscal:
        yield "{fiscal}"
        return
    column, _separator, transform = part.partition("__") if isinstance(part, str) else ("",) * 3
    if isinstance(part, FiscalYear):
        yield f"{{{part.columns[0]}:%Y-%m}}"
    elif isinstance(part, ScopePart):
        yield from (f"{{{name}}}" for name in part.columns)
    elif transform:
        yield f"{{{column}:{_CODES.get(transform, '%m')}}}"
    else:
        yield f"{{{column}}}"
