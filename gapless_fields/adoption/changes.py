"""What makes a table right that was numbered by hand. All of it happens in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction

from gapless_fields.adoption.examination import double_rows, examine, series_of
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.register.exemptions import unprotected
from gapless_fields.register.voids import void
from gapless_fields.rows.number_column import key_params, number_column
from gapless_fields.rows.reading import all_rows, begin_writing
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.series.ranges import NumberRange, count
from gapless_fields.writing.missing_texts import make_texts
from gapless_fields.writing.saved_rows import number_due
from gapless_fields.writing.syncing import sync, sync_field

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText
    from gapless_fields.series.series import Series


class Wanted(NamedTuple):
    """What is asked for, beside the counters, which are always moved to the rows' numbers."""

    text: NumberedText | None = None
    """The column of texts from which rows without a number get one."""
    renumber_doubles: bool = False
    """Whether all rows but the first with a number get the next numbers of their series."""
    void_gaps: bool = False
    """Whether missing numbers become void."""
    reason: str = ""
    by: str = ""


class Changed(NamedTuple):
    """How many rows and numbers were changed."""

    parsed: int
    renumbered: int
    voided: int


def adopt(field: NumberedField, connection: BaseDatabaseWrapper, wanted: Wanted) -> Changed:
    """Make a table right, in one transaction, which locks the series.

    The counters are moved to the rows' numbers, and missing texts are made, whatever is asked for.

    Args:
        field: the numbered field.
        connection: the database.
        wanted: what is asked for.

    Raises:
        DatabaseError: a row did not take its number.
        SequenceLocked: the database's lock timeout has expired.
        ValueError: a row with a double number is not due any more, or its column must not be NULL.
    """
    with transaction.atomic(using=connection.alias):
        begin_writing(field.model, connection)
        sync_field(field, connection)
        parsed = 0 if wanted.text is None else _write_parsed(field, connection, wanted.text)
        renumbered = _renumber(field, connection, wanted) if wanted.renumber_doubles else 0
        voided = _void(field, connection, wanted) if wanted.void_gaps else 0
        make_texts(all_rows(field.model, connection.alias), field)
    return Changed(parsed, renumbered, voided)


def _write_parsed(field: NumberedField, connection: BaseDatabaseWrapper, text: NumberedText) -> int:
    """Write the numbers that texts show, once the counters have given them."""
    found = [one for one in examine(field, connection, text).parsed if one.number is not None]
    highest: dict[str, tuple[Series, int]] = {}
    for row, _text, number in found:
        series = field.series_for(row).started()
        known = highest.get(series.key, (series, -1))[1]
        highest[series.key] = series, max(known, number or 0)
    for _key, (series, number) in sorted(highest.items()):
        sync(series, connection, given=number)
    column = number_column(field, connection)._replace(texts=())
    values = [(number, *key_params(row.pk, field, connection)) for row, _text, number in found]
    return dialect_for(connection).write_numbers(column, values) if values else 0


def _renumber(field: NumberedField, connection: BaseDatabaseWrapper, wanted: Wanted) -> int:
    """Take the numbers of double rows back, and give them the next ones."""
    entries = [
        entry
        for report in examine(field, connection).series
        for entry in double_rows(field, report, connection)
    ]
    if not entries:
        return 0
    for other in {entry[0] for entry in entries}:
        for column in (other, *texts_of(other)):
            if not column.null:
                raise ValueError(f"{column} needs null=True while its rows are renumbered")
    with unprotected(wanted.reason, by=wanted.by, using=connection.alias):
        for other, key in entries:
            _clear(other, key, connection)
        _found, numbered = number_due(entries, connection, in_order=True)
    if len(numbered) != len(entries):
        other, key = next(entry for entry in entries if entry not in numbered)
        raise ValueError(
            f"{other} of the row with primary key {key} is double, and its condition does not hold "
            f"any more: correct the row first."
        )
    return len(numbered)


def _clear(field: NumberedField, key: Any, connection: BaseDatabaseWrapper) -> None:
    numbers = number_column(field, connection)
    changes = ", ".join(f"{column} = NULL" for column in (numbers.column, *numbers.texts))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {numbers.table} SET {changes} WHERE {numbers.condition}",
            key_params(key, field, connection),
        )


def _void(field: NumberedField, connection: BaseDatabaseWrapper, wanted: Wanted) -> int:
    """Write missing numbers into the register, with the reason."""
    voided = 0
    for report in examine(field, connection).series:
        missing: Sequence[NumberRange] = report.missing
        if missing:
            series = series_of(field, report)
            void(series, list(missing), connection, reason=wanted.reason, by=wanted.by)
            voided += count(missing)
    return voided
