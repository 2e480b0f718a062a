"""The texts of rows that get their numbers together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _

from gapless_fields.exceptions import NumberTextInvalid
from gapless_fields.rows.memory import in_memory, remember
from gapless_fields.rows.text_values import Values
from gapless_fields.series.formats import check_sizes, is_unicode, pieces, template
from gapless_fields.series.numbered_text import texts_of

if TYPE_CHECKING:
    from django.db.models import Model

    from gapless_fields.rows.text_values import Getter
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


class _Format(NamedTuple):
    """The format of the rows of one series."""

    text: str
    template: str
    """The format with a place for each value."""
    getters: tuple[Getter | None, ...]
    """What returns the values of a row, in the order of their places. None: its number."""


class _Prepared(NamedTuple):
    field: NumberedText
    row: Model
    format: _Format
    values: list[Any]


class Texts:
    """The texts of the rows of one statement.

    What they need from the database is read first, before a number is taken and its series locked:
    the format once for each series, and each related row once.
    """

    def __init__(self, using: str) -> None:
        self._values = Values(using)
        self._formats: dict[tuple[NumberedText, str], _Format] = {}
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
            known = self._format_of(text, row, series)
            values = [None if getter is None else getter(row) for getter in known.getters]
            self._prepared.append(_Prepared(text, row, known, values))

    def write(self) -> None:
        """Set the texts on the rows, which have their numbers by now.

        Raises:
            NumberTextInvalid: a text cannot be made, or is too long.
        """
        for field, row, format_, values in self._prepared:
            numbers: Any = field.numbers
            made = _made(field, format_, values, in_memory(row, numbers.attname))
            setattr(row, field.attname, made)
            remember(field, row, made)

    def pattern(self, text: NumberedText, row: Model) -> str:
        """Return the regular expression for the texts of a row, with groups for its number.

        Raises:
            NumberTextInvalid: the format cannot be used.
        """
        numbers: Any = text.numbers
        format_ = self._format_of(text, row, "")  # the same for all rows
        values = [None if getter is None else getter(row) for getter in format_.getters]
        parts = []
        for piece in pieces(format_.text):
            parts.append(re.escape(piece.text))
            if piece.path in (numbers.name, numbers.attname):
                parts.append("([0-9]+)")
            elif piece.path is not None:
                conversion = f"!{piece.conversion}" if piece.conversion else ""
                one = template(f"{{{piece.path}{conversion}:{piece.spec}}}")
                places = template(format_.text).paths
                some = [values[places.index(path)] for path in one.paths]
                parts.append(re.escape(_formatted(text, format_, one.text, some)))
        return "".join(parts)

    def _format_of(self, text: NumberedText, row: Model, series: str) -> _Format:
        """Return the format of a series, which is asked for once."""
        known = self._formats.get((text, series))
        if known is None:
            known = self._formats[text, series] = self._format(text, row)
        return known

    def _format(self, text: NumberedText, row: Model) -> _Format:
        """Return the format for the series of a row.

        Raises:
            NumberTextInvalid: it is not one.
        """
        found = text.format if isinstance(text.format, str) else text.format(row)
        if not isinstance(found, str):
            raise NumberTextInvalid(
                _("The format of %(text)s must be a text, and the function returned %(found)r.")
                % {"text": text, "found": found}
            )
        try:
            made = template(found)
            check_sizes(found)
        except ValueError as problem:
            raise _no_format(text, found, problem) from problem
        getters = tuple(self._values.getter(path, text, found) for path in made.paths)
        if None not in getters:
            numbers: Any = text.numbers
            raise _no_format(text, found, ValueError(f"it does not show {numbers.name}"))
        return _Format(found, made.text, getters)


def _made(text: NumberedText, format_: _Format, values: Sequence[Any], number: Any) -> str:
    made = _formatted(
        text,
        format_,
        format_.template,
        [
            number if getter is None else value
            for getter, value in zip(format_.getters, values, strict=True)
        ],
    )
    if not made or "\0" in made or not is_unicode(made):
        problem = ValueError(f"it makes {made!r}, which is no text")
        raise _no_format(text, format_.text, problem)
    if text.max_length is not None and len(made) > text.max_length:
        raise NumberTextInvalid(
            _(
                "%(text)s would be %(made)r, which is longer than its max_length of %(longest)d. "
                "No number was taken: use a shorter format, or a greater max_length."
            )
            % {"text": text, "made": made, "longest": text.max_length}
        )
    return made


def _formatted(text: NumberedText, format_: _Format, places: str, values: Sequence[Any]) -> str:
    try:
        return places.format(*values)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        raise _no_format(text, format_.text, problem) from problem


def _no_format(text: NumberedText, format_: str, problem: Exception) -> NumberTextInvalid:
    return NumberTextInvalid(
        _("The format %(format)r of %(text)s cannot be used: %(problem)s.")
        % {"format": format_, "text": text, "problem": problem}
    )
