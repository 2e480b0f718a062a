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
from gapless_fields.writing.demands import by_series
from gapless_fields.writing.missing_texts import make_texts
from gapless_fields.writing.saved_rows import number_due
from gapless_fields.writing.syncing import sync, sync_field

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.adoption.parsing import Parsed
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


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
        ValueError: a row with a double number is not due any more, its column must not be NULL, or
            the numbers start again.
    """
    if field.reset_value is not None:
        raise ValueError(
            f"{field} starts again at its reset_value, so that its numbers repeat: "
            f'"manage.py sync_sequences" moves its counters'
        )
    with transaction.atomic(using=connection.alias):
        begin_writing(field.model, connection)
        sync_field(field, connection)
        found = None if wanted.text is None else examine(field, connection, wanted.text)
        parsed = 0 if found is None else _write_parsed(field, connection, found.readable)
        doubled = [] if found is None else [(field, one.row.pk) for one in found.doubled]
        renumbered = 0
        if wanted.renumber_doubles:
            renumbered = _renumber(field, connection, wanted, doubled)
        voided = _void(field, connection, wanted) if wanted.void_gaps else 0
        make_texts(all_rows(field.model, connection.alias), field)
    return Changed(parsed, renumbered, voided)


def _write_parsed(
    field: NumberedField, connection: BaseDatabaseWrapper, found: Sequence[Parsed]
) -> int:
    """Write the numbers that texts show, once the counters have given them."""
    rows = [one.row for one in found]
    for series, places in by_series(field, rows, range(len(rows))):
        sync(series, connection, given=max(found[place].number or 0 for place in places))
    column = number_column(field, connection)._replace(texts=())
    values = [(one.number, *key_params(one.row.pk, field, connection)) for one in found]
    return dialect_for(connection).write_numbers(column, values) if values else 0


def _renumber(
    field: NumberedField,
    connection: BaseDatabaseWrapper,
    wanted: Wanted,
    doubled: Sequence[tuple[NumberedField, Any]],
) -> int:
    """Take the numbers of double rows back, and give them, and others, the next ones.

    Args:
        field: the numbered field.
        connection: the database.
        wanted: what is asked for.
        doubled: rows without a number, in whose texts there is one that another row has.
    """
    entries = [
        entry
        for report in examine(field, connection).series
        for entry in double_rows(field, report, connection)
    ]
    for other in {entry[0] for entry in entries}:
        for column in (other, *texts_of(other)):
            if not column.null:
                raise ValueError(f"{column} needs null=True while its rows are renumbered")
    if entries:
        with unprotected(wanted.reason, by=wanted.by, using=connection.alias):
            for other, key in entries:
                _clear(other, key, connection)
    entries += doubled
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
