"""Lock, judge, number and write saved rows that are due and have no number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, IntegrityError

from gapless_fields.counters import writer
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.rows.number_column import key_params, number_column, read_number
from gapless_fields.rows.reading import begin_writing, key_values, read_by_keys, row_of
from gapless_fields.rows.texts import Texts
from gapless_fields.series.chronology import date_of
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.signals import rows_numbered
from gapless_fields.writing.demands import Demands, by_series, take_all
from gapless_fields.writing.first_use import behind, refuse_if_numbered
from gapless_fields.writing.kept_texts import doubles_told

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series

    Entry = tuple[NumberedField, Any]


def number_due(
    entries: Sequence[Entry], connection: BaseDatabaseWrapper, *, in_order: bool = False
) -> tuple[dict[Entry, Model], list[Entry]]:
    """Number the rows that exist, are due and have no number, in the caller's transaction.

    The rows are locked first, in each table in the order of their keys, and are judged by what they
    hold then. Each series takes one update of its counter, in sorted order. Within a series,
    numbers follow the order of the entries.

    Args:
        entries: for each row, a numbered field and the primary key as the database returns it.
        connection: the database.
        in_order: whether the order of the entries is the caller's wish. If not, the rows of a
            series in the order of dates are numbered in that order.

    Returns:
        The rows that exist, as they are now, and the entries that were numbered here.

    Raises:
        NotChronological: a date is earlier than that of a lower number.
        ScopeIncomplete: a row lacks a date that its series depends on.
        SequenceNotSynced: the first use of a series whose rows carry its numbers.
        SequenceLocked: the database's lock timeout has expired.
        NumberTextInvalid, NumberTextInUse: a text cannot be made, or another row has it.
        DatabaseError: a row did not take its number, because of a trigger or a policy.
    """
    if len(entries) == 1:
        ((field, key),) = entries
        if not field.depends_on and not texts_of(field):
            number = _take_for_row(field.series, key, field, connection)
            if number is not None:
                return {(field, key): _row_with_number(key, number, field, connection)}, [*entries]
    keys: dict[NumberedField, list[Any]] = {}
    for field, key in entries:
        keys.setdefault(field, []).append(key)
    found = {
        (field, key): row
        for field in sorted(keys, key=str)
        for key, row in _read_rows(keys[field], field, connection).items()
    }
    due = [entry for entry in entries if entry in found and _is_due(entry[0], found[entry])]
    rows = [(entry[0], found[entry]) for entry in due]
    if not in_order:
        # Stable, and rows without such a date are of other series.
        rows.sort(key=lambda entry: date_of(*entry) if entry[0].chronological else "")
    _number(rows, connection)
    return found, due


def announce(
    found: Mapping[Entry, Model], numbered: Sequence[Entry], connection: BaseDatabaseWrapper
) -> None:
    """Send ``rows_numbered`` for rows that ``number_due()`` has numbered."""
    numbers: dict[NumberedField, dict[Any, int]] = {}
    for field, key in numbered if rows_numbered.receivers else ():
        numbers.setdefault(field, {})[key] = found[field, key].__dict__[field.attname]
    for field, by_key in numbers.items():
        rows_numbered.send(
            sender=field.model, field=field.name, numbers=by_key, using=connection.alias
        )


def _is_due(field: NumberedField, row: Model) -> bool:
    condition = field.condition
    return row.__dict__[field.attname] is None and (condition is None or condition.holds(row))


def _number(due: Sequence[tuple[NumberedField, Model]], connection: BaseDatabaseWrapper) -> None:
    """Give locked rows their numbers, and write them."""
    if len(due) == 1 and due[0][0].chronological is None and not texts_of(due[0][0]):
        ((field, row),) = due
        number = _take_for_row(field.series_for(row), row.pk, field, connection)
        if number is not None:
            setattr(row, field.attname, number)
            return
    if not due:
        return
    rows = [row for _field, row in due]
    positions: dict[NumberedField, list[int]] = {}
    for position, (field, _row) in enumerate(due):
        positions.setdefault(field, []).append(position)
    demands = Demands()
    texts = Texts(connection.alias)
    series_of: dict[int, Series] = {}
    for field, places in positions.items():
        for series, members in by_series(field, rows, places):
            series_of |= dict.fromkeys(members, series)
    for position, (field, row) in enumerate(due):
        demands.want(series_of[position], field, [row])
        texts.prepare(field, row, series_of[position].key)
    numbers = take_all(demands, connection, rows[0]._meta.apps)
    for position, (field, row) in enumerate(due):
        row.__dict__[field.attname] = next(numbers[series_of[position].key])
    texts.write()
    for field, places in positions.items():
        if _write([rows[place] for place in places], field, connection) != len(places):
            raise DatabaseError(f"Some rows of {field.model._meta.label} were not updated.")


def _take_for_row(
    series: Series, key: Any, field: NumberedField, connection: BaseDatabaseWrapper
) -> int | None:
    """Take the next number for a row of this transaction, and write it, in one statement.

    Args:
        series: the row's series.
        key: the row's primary key.
        field: the numbered field.
        connection: the database.

    Returns:
        The number, or None if nothing was done (see ``number_row()`` of the dialects).

    Raises:
        SequenceNotSynced: a row already carries the number, or the series is used for the first
            time and other rows carry its numbers.
        SequenceLocked: the lock could not be obtained in time.
    """
    if series.start is not None:
        return None  # the first number depends on data
    try:
        number = writer.take_for_row(
            series,
            number_column(field, connection),
            key_params(key, field, connection),
            connection,
        )
    except IntegrityError as error:
        table, column = field.model._meta.db_table, str(field.column)
        if dialect_for(connection).is_double(error, table, column):
            raise behind(series, field, connection) from error
        raise
    if number == series.initial_value:
        apps = field.model._meta.apps
        refuse_if_numbered(series, number, connection, apps, besides=(field.model, key))
    return number


def _read_rows(
    keys: Sequence[Any], field: NumberedField, connection: BaseDatabaseWrapper
) -> dict[Any, Model]:
    """Lock rows and read what is needed to number them, by primary key.

    They are locked in the order of the keys, so that two such calls do not deadlock.
    """
    model = field.model
    names = list(dict.fromkeys([field.attname, *field.depends_on]))
    for text in texts_of(field):
        names += [text.attname, *text.needed_attnames]
    if len(keys) == len(names) == 1:
        return _read_number(keys[0], field, connection)
    begin_writing(model, connection)
    return read_by_keys(model, keys, names, connection, lock=True)


def _read_number(
    key: Any, field: NumberedField, connection: BaseDatabaseWrapper
) -> dict[Any, Model]:
    begin_writing(field.model, connection)
    found = read_number(key, field, connection)
    return {} if found is None else {key: _row_with_number(key, found[0], field, connection)}


def _row_with_number(
    key: Any, number: int | None, field: NumberedField, connection: BaseDatabaseWrapper
) -> Model:
    """Return a row of which only the key and the number are known."""
    values = key_values(field.model, key) | {field.attname: number}
    return row_of(field.model, connection.alias, values)


def _write(rows: Sequence[Model], field: NumberedField, connection: BaseDatabaseWrapper) -> int:
    """Write numbers, and their texts, to rows that have none, and return to how many."""
    names = [field.attname, *(text.attname for text in texts_of(field))]
    values = [
        (*(row.__dict__[name] for name in names), *key_params(row.pk, field, connection))
        for row in rows
    ]
    with doubles_told([field], connection):
        return dialect_for(connection).write_numbers(number_column(field, connection), values)
