"""The texts of rows that get their numbers together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import router
from django.utils.translation import gettext as _

from gapless_fields.exceptions import NumberTextInvalid
from gapless_fields.rows.memory import in_memory, remember
from gapless_fields.rows.reading import is_expression
from gapless_fields.series.formats import (
    FISCAL,
    Nothing,
    fiscal_year,
    paths,
    pieces,
    shown,
    year_of,
)
from gapless_fields.series.numbered_text import texts_of

if TYPE_CHECKING:
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


class _Prepared(NamedTuple):
    text: NumberedText
    row: Model
    format: str
    values: dict[str, Any]


class Texts:
    """The texts of the rows of one statement.

    What they need from the database is read first, before a number is taken and its series locked:
    the format once for each series, and each related row once.
    """

    def __init__(self, using: str) -> None:
        self.using = using
        self._formats: dict[tuple[NumberedText, str], str] = {}
        self._related: dict[tuple[Any, Any], Any] = {}
        self._prepared: list[_Prepared] = []

    def prepare(
        self,
        field: NumberedField,
        row: Model,
        series: str,
        only: Sequence[NumberedText] | None = None,
    ) -> None:
        """Read what the texts of a row need.

        Args:
            field: the numbered field.
            row: the row.
            series: the key of its series.
            only: some of the field's texts; None: all.

        Raises:
            NumberTextInvalid: a format is not one.
        """
        for text in texts_of(field) if only is None else only:
            known = self._formats.get((text, series))
            if known is None:
                known = self._formats[text, series] = format_for(text, row)
            values = {path: self._value(path, text, row, known) for path in _paths(known, text)}
            self._prepared.append(_Prepared(text, row, known, values))

    def write(self) -> None:
        """Set the texts on the rows, which have their numbers by now.

        Raises:
            NumberTextInvalid: a text cannot be made, or is too long.
        """
        for text, row, format_, values in self._prepared:
            numbers: Any = text.numbers
            number = in_memory(row, numbers.attname)
            values |= {name: number for name in (numbers.name, numbers.attname) if name in values}
            made = _made(text, format_, values)
            setattr(row, text.attname, made)
            remember(text, row, made)

    def pattern(self, text: NumberedText, row: Model) -> str:
        """Return the regular expression for the texts of a row, with a group for its number.

        Raises:
            NumberTextInvalid: the format cannot be used.
        """
        known = format_for(text, row)
        values = {path: self._value(path, text, row, known) for path in _paths(known, text)}
        numbers: Any = text.numbers
        parts = []
        for piece in pieces(known):
            parts.append(re.escape(piece.text))
            if piece.path in (numbers.name, numbers.attname):
                parts.append("([0-9]+)")
            elif piece.path is not None:
                conversion = f"!{piece.conversion}" if piece.conversion else ""
                one = f"{{{piece.path}{conversion}:{piece.spec}}}"
                parts.append(re.escape(_formatted(text, one, values)))
        return "".join(parts)

    def _value(self, path: str, text: NumberedText, row: Model, format_: str) -> Any:
        """Return what a path of a format shows of a row, except for its number."""
        numbers: Any = text.numbers
        if path in (numbers.name, numbers.attname):
            return None
        if path == FISCAL:
            part = fiscal_year(format_, type(row))
            if part is not None:
                return year_of(part, row)
        *hops, last = path.split(".")
        found: Any = row
        for name in hops:
            found = self._related_row(found, _column(found, name, text, path), text, path)
            if isinstance(found, Nothing):
                return found
        column = _column(found, last, text, path)
        if column.is_relation and last == column.name:
            return self._related_row(found, column, text, path)
        value = getattr(found, column.attname)
        if is_expression(value):
            raise NumberTextInvalid(
                f"{text} shows {path}, which is an expression. Its value is not known before the "
                f"row is written: assign a value."
            )
        return shown(value, column)

    def _related_row(self, row: Model, field: Any, text: NumberedText, path: str) -> Any:
        if not field.is_relation:
            raise _no_path(text, path)
        if field.is_cached(row):
            return getattr(row, field.name) or Nothing()
        value = getattr(row, field.attname)
        if value is None:
            return Nothing()
        if (field, value) not in self._related:
            model = field.related_model
            using = self.using
            if not router.allow_migrate_model(using, model):
                using = router.db_for_read(model, instance=row)
            rows = model._base_manager.using(using)
            try:
                found = rows.get(**{field.target_field.attname: value})
            except ObjectDoesNotExist:
                found = Nothing()
            self._related[field, value] = found
        return self._related[field, value]


def format_for(text: NumberedText, row: Model) -> str:
    """Return the format for the series of a row.

    Raises:
        NumberTextInvalid: a function has returned something else than a text.
    """
    if isinstance(text.format, str):
        return text.format
    found = text.format(row)
    if not isinstance(found, str):
        raise NumberTextInvalid(
            _("The format of %(text)s must be a text, and the function returned %(found)r.")
            % {"text": text, "found": found}
        )
    return found


def _paths(format_: str, text: NumberedText) -> tuple[str, ...]:
    try:
        found = paths(format_)
    except ValueError as problem:
        raise _no_format(text, format_, problem) from problem
    numbers: Any = text.numbers
    if not {numbers.name, numbers.attname} & set(found):
        raise _no_format(text, format_, ValueError(f"it does not show {numbers.name}"))
    return found


def _column(row: Model, name: str, text: NumberedText, path: str) -> Any:
    """Return a column by its name. Nothing else: a format may come from data."""
    try:
        field: Any = row._meta.get_field(name)
    except FieldDoesNotExist:
        raise _no_path(text, path) from None
    if not field.concrete or field.many_to_many:
        raise _no_path(text, path)
    return field


def _formatted(text: NumberedText, format_: str, values: Mapping[str, Any]) -> str:
    try:
        return str(_Formatter().vformat(format_, (), values))
    except (AttributeError, LookupError, TypeError, ValueError) as problem:
        raise _no_format(text, format_, problem) from problem


def _made(text: NumberedText, format_: str, values: Mapping[str, Any]) -> str:
    made = _formatted(text, format_, values)
    if text.max_length is not None and len(made) > text.max_length:
        raise NumberTextInvalid(
            _(
                "%(text)s would be %(made)r, which is longer than its max_length of %(longest)d. "
                "No number was taken: use a shorter format, or a greater max_length."
            )
            % {"text": text, "made": made, "longest": text.max_length}
        )
    return made


class _Formatter(Formatter):
    """Formats values by their whole paths, which are resolved before."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return kwargs[field_name], field_name


def _no_path(text: NumberedText, path: str) -> NumberTextInvalid:
    return NumberTextInvalid(
        _(
            "The format of %(text)s names %(path)r, which is no column of the row, or of a row "
            "that it refers to."
        )
        % {"text": text, "path": path}
    )


def _no_format(text: NumberedText, format_: str, problem: Exception) -> NumberTextInvalid:
    return NumberTextInvalid(
        _("The format %(format)r of %(text)s cannot be used: %(problem)s.")
        % {"format": format_, "text": text, "problem": problem}
    )
