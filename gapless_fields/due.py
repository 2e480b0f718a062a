"""Saved rows that are due and have no number: locked, judged, numbered, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from gapless_fields.adoption import take, take_for_row
from gapless_fields.registry import columns_of, label_of
from gapless_fields.rows import by_series
from gapless_fields.signals import rows_numbered
from gapless_fields.stored_numbers import read_rows, row_with_number, write_numbers

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.registry import NumberedField
    from gapless_fields.series import Series

    Entry = tuple[NumberedField, Any]


def number_due(
    entries: Sequence[Entry], connection: BaseDatabaseWrapper
) -> tuple[dict[Entry, Model], list[Entry]]:
    """Number the rows that are there, are due and have no number; in the caller's transaction.

    They are locked first, each table's in the order of its keys, and judged by what they hold then.
    Then one counter update a series, in sorted order; within a series numbers follow the order of
    the entries.

    Args:
        entries: a numbered field and a primary key, as the database answers with it, for each row.
        connection: the database.

    Returns:
        The rows that are there, as they are now; and those of the entries that were numbered here.

    Raises:
        ScopeIncomplete: a row lacks a date that its series depends on.
        SequenceNotSynced: the first use of a series whose rows carry its numbers.
        SequenceLocked: the database's lock time-out has passed.
        DatabaseError: a row did not take its number (a trigger, a policy).
    """
    if len(entries) == 1:
        ((field, key),) = entries
        if not columns_of(field):
            number = take_for_row(field.series, key, field, connection)
            if number is not None:
                return {(field, key): row_with_number(key, number, field, connection)}, [*entries]
    keys: dict[NumberedField, list[Any]] = {}
    for field, key in entries:
        keys.setdefault(field, []).append(key)
    found = {
        (field, key): row
        for field in sorted(keys, key=label_of)
        for key, row in read_rows(keys[field], field, connection).items()
    }
    due = [entry for entry in entries if entry in found and _is_due(entry[0], found[entry])]
    _number([(entry[0], found[entry]) for entry in due], connection)
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
    """Give rows that are locked their numbers, and write them."""
    if len(due) == 1:
        ((field, row),) = due
        number = take_for_row(field.series_for(row), row.pk, field, connection)
        if number is not None:
            setattr(row, field.attname, number)
            return
    rows = [row for _field, row in due]
    positions: dict[NumberedField, list[int]] = {}
    for position, (field, _row) in enumerate(due):
        positions.setdefault(field, []).append(position)
    takers: dict[str, tuple[Series, list[int]]] = {}
    for field, places in positions.items():
        for series, members in by_series(field, rows, places):
            takers.setdefault(series.key, (series, []))[1].extend(members)
    for _key, (series, members) in sorted(takers.items()):
        apps = rows[members[0]]._meta.apps
        numbers = take(series, len(members), connection, apps)
        for position, number in zip(sorted(members), numbers, strict=True):
            rows[position].__dict__[due[position][0].attname] = number
    for field, places in positions.items():
        if write_numbers([rows[place] for place in places], field, connection) != len(places):
            raise DatabaseError(f"Some rows of {field.model._meta.label} were not updated.")
