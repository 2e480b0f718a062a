"""Numbers that are only known from texts, such as ``INV-2026-42``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gapless_fields.rows.in_series import carried_numbers
from gapless_fields.rows.reading import all_rows, read
from gapless_fields.rows.texts import Texts
from gapless_fields.rows.voids import first_void
from gapless_fields.series.series import MAX_VALUE
from gapless_fields.writing.demands import by_series

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText

BATCH = 1000

LONGEST = 4000
"""Python converts no longer texts to integers."""


class Parsed(NamedTuple):
    """A row without a number, and what its text says."""

    row: Model
    text: str
    number: int | None
    """None: the text is not as the format makes it for this row."""
    is_free: bool = False
    """Whether no other row has the number, and it is not void."""


def parse_texts(
    field: NumberedField, text: NumberedText, connection: BaseDatabaseWrapper
) -> Iterator[Parsed]:
    """Yield the rows that are due and have no number, with the number that their text shows.

    Everything else that the format shows must be the row's own: a year, a prefix.

    Args:
        field: the numbered field.
        text: the column of the texts, with their format.
        connection: the database.

    Raises:
        NumberTextInvalid: the format cannot be used.
    """
    rows = all_rows(field.model, connection.alias).filter(**{f"{field.attname}__isnull": True})
    rows = rows.exclude(**{f"{text.attname}__isnull": True}).exclude(**{text.attname: ""})
    if field.condition is not None:
        rows = rows.filter(field.condition.q)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    names = [text.attname, field.attname, *text.needed_attnames, *field.depends_on]
    texts = Texts(connection.alias)
    for start in range(0, len(keys), BATCH):
        some = all_rows(field.model, connection.alias).filter(pk__in=keys[start : start + BATCH])
        for row in read(some.order_by("pk"), names, connection.alias).values():
            held = str(row.__dict__[text.attname])
            yield Parsed(row, held, _number(held, texts.pattern(text, row)))


def mark_free(
    found: Sequence[Parsed], field: NumberedField, connection: BaseDatabaseWrapper
) -> list[Parsed]:
    """Return the rows with the marks of those whose numbers they can have.

    The first row with a number has it, in the order of the keys.

    Raises:
        ScopeIncomplete: a row lacks a date that its series depends on.
    """
    marked = list(found)
    rows = [one.row for one in marked]
    readable = [place for place, one in enumerate(marked) if one.number is not None]
    for series, places in by_series(field, rows, readable):
        numbers = {
            place: number for place in places if (number := marked[place].number) is not None
        }
        taken = set(carried_numbers(series, list(numbers.values()), connection))
        has_voids = first_void(series, list(numbers.values()), connection) is not None
        for place, number in sorted(numbers.items()):
            if number in taken or (
                has_voids and first_void(series, [number], connection) is not None
            ):
                continue
            taken.add(number)
            marked[place] = marked[place]._replace(is_free=True)
    return marked


def _number(text: str, pattern: str) -> int | None:
    match = re.fullmatch(pattern, text.strip()) if len(text) < LONGEST else None
    numbers: set[Any] = set(map(int, match.groups())) if match else set()
    (number,) = numbers if len(numbers) == 1 else (None,)
    return number if number is not None and number <= MAX_VALUE else None
