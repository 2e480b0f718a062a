"""Stored texts that do not belong to the number of their row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db.models import CharField, F, Q
from django.db.models.functions import Cast

from gapless_fields.series.formats import pieces
from gapless_fields.series.numbered_text import texts_of

if TYPE_CHECKING:
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


def wrong_text(field: NumberedField) -> Q | None:
    """Return the condition for rows with a wrong text. None: the numbers have no texts.

    A row with a number has a text, which shows the number, and a row without a number has none. An
    earlier format may have shown other columns, so that nothing else can be told from the row.
    """
    conditions = [_wrong(text, field) for text in texts_of(field)]
    found: Q | None = None
    for condition in conditions:
        found = condition if found is None else found | condition
    return found


def _wrong(text: NumberedText, field: NumberedField) -> Q:
    has_number = Q(**{f"{field.attname}__isnull": False})
    has_text = Q(**{f"{text.attname}__isnull": False}) & ~Q(**{text.attname: ""})
    wrong = has_number & ~has_text
    if _shows_digits(text, field):
        number = Cast(F(field.attname), CharField())
        wrong |= has_number & has_text & ~Q(**{f"{text.attname}__contains": number})
    return wrong | ~has_number & has_text


def _shows_digits(text: NumberedText, field: NumberedField) -> bool:
    """Return whether the format shows the number in decimal digits, as far as it is known."""
    return isinstance(text.format, str) and any(
        piece.path in (field.name, field.attname)
        and not piece.conversion
        and re.fullmatch(r"0?[0-9]*d?", piece.spec)
        for piece in pieces(text.format)
    )
