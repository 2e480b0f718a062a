"""Formats such as ``INV-{issued_on:%Y}-{number:05d}``, and the values that they show."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils import timezone

from gapless_fields.exceptions import ScopeIncomplete
from gapless_fields.series.date_parts import FiscalYear
from gapless_fields.series.registry import numbered_fields

if TYPE_CHECKING:
    from django.db.models import Model

FISCAL = "fiscal"
"""The name by which a format shows the fiscal year in the scope of its number."""


class Nothing:
    """A value for None, which is formatted as empty text whatever the format."""

    def __format__(self, spec: str) -> str:
        return ""

    def __str__(self) -> str:
        return ""


class Piece(NamedTuple):
    """A part of the format: literal text before a name, the name's path, and its formatting."""

    text: str
    path: str | None
    spec: str
    conversion: str | None

    @property
    def name(self) -> str:
        return re.split(r"[.\[]", self.path or "", maxsplit=1)[0]


def pieces(format: str) -> Iterator[Piece]:  # noqa: A002 (as str.format() calls it)
    """Yield the parts of a format.

    Raises:
        ValueError: it is not a format string.
    """
    for text, path, spec, conversion in Formatter().parse(format):
        yield Piece(text, path, spec or "", conversion)


class Template(NamedTuple):
    """A format as ``str.format()`` applies it fastest: with a place for each path."""

    text: str
    paths: tuple[str, ...]


@lru_cache(maxsize=1024)
def template(format: str) -> Template:  # noqa: A002
    """Return a format with ``{0}``, ``{1}`` and so on for the names and paths in it.

    Raises:
        ValueError: it is not a format string.
    """
    places: dict[str, int] = {}
    text = _numbered(format, places)
    return Template(text, tuple(places))


def check_sizes(format: str) -> None:  # noqa: A002
    """Refuse what would take long to apply: a format may come from data.

    Raises:
        ValueError: a piece has a piece inside, or is wider than any text that is stored.
    """
    for piece in pieces(format):
        if "{" in piece.spec:
            raise ValueError("it has a name inside of a name's format")
        if any(len(digits) > 4 for digits in re.findall("[0-9]+", piece.spec)):
            raise ValueError(f"{piece.spec!r} is too wide")


def is_unicode(text: str) -> bool:
    """Return whether a text can be encoded: databases refuse half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _numbered(format: str, places: dict[str, int], depth: int = 2) -> str:  # noqa: A002
    """Return a format with places for its paths, those inside of other pieces included."""
    if not depth:
        raise ValueError("Max string recursion exceeded")
    parts = []
    for piece in pieces(format):
        parts.append(piece.text.replace("{", "{{").replace("}", "}}"))
        if piece.path is not None:
            place = places.setdefault(piece.path, len(places))
            conversion = f"!{piece.conversion}" if piece.conversion else ""
            spec = _numbered(piece.spec, places, depth - 1)
            parts.append(f"{{{place}{conversion}{':' if spec else ''}{spec}}}")
    return "".join(parts)


def paths(format: str) -> tuple[str, ...]:  # noqa: A002
    """Return the names and paths in a format, those inside of other pieces included.

    Raises:
        ValueError: it is not a format string.
    """
    return template(format).paths


def fiscal_year(format: str, model: type[Model]) -> FiscalYear | None:  # noqa: A002
    """Return what ``{fiscal}`` is: the fiscal year in the scope of a number in the format.

    None if there is none, or if the model has an attribute of that name.
    """
    if hasattr(model, FISCAL):
        return None
    names = {piece.name for piece in pieces(format)}
    fields = (field for field in numbered_fields(model) if field.name in names)
    parts = (part for field in fields for part in field.scope)
    return next((part for part in parts if isinstance(part, FiscalYear)), None)


def year_of(part: FiscalYear, row: Model) -> int | Nothing:
    """Return the fiscal year of a row, as a format shows it."""
    try:
        return part.value(row)
    except ScopeIncomplete:
        return Nothing()


def shown(value: Any, field: Any) -> Any:
    """Return the value of a column, as a format shows it.

    Args:
        value: the value in memory.
        field: the column's field.
    """
    if value is None:
        return Nothing()
    if not field.is_relation:
        value = field.to_python(value)
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value, timezone.get_default_timezone())
    return value
