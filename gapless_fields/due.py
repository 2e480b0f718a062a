"""Saved rows that are due and have no number: locked, judged, numbered, written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.db.models import F

from gapless_fields.adoption import take, take_for_row
from gapless_fields.registry import columns_of
from gapless_fields.rows import read_number, row_with_number, write_number

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.registry import NumberedField
    from gapless_fields.series import Series

    Due = tuple[NumberedField, Model]

MOST_KEYS = 1000


def read_rows(
    keys: Sequence[Any],
    field: NumberedField,
    connection: BaseDatabaseWrapper,
    *,
    lock: bool = True,
) -> dict[Any, Model]:
    """Read the rows with these primary keys, what is needed to number them, by primary key.

    Args:
        keys: the primary keys.
        field: what is to be numbered.
        connection: the database.
        lock: lock them until the transaction ends, in the order of the keys, so that two of these
            never wait for each other. Needless where this transaction has written them.
    """
    features = connection.features
    manager = field.model._base_manager.using(connection.alias)
    names = [field.attname, *columns_of(field)]
    if not lock and len(keys) == len(names) == 1:
        row = read_number(keys[0], field, connection)
        return {} if row is None else {keys[0]: row}
    size = min(features.max_query_params or MOST_KEYS, MOST_KEYS)
    ordered = sorted(keys)
    found: dict[Any, Model] = {}
    for start in range(0, len(ordered), size):
        rows = manager.filter(pk__in=ordered[start : start + size]).order_by("pk")
        if lock and features.has_select_for_update:
            rows = rows.select_for_update(no_key=features.has_select_for_no_key_update)
        elif lock:  # a write takes the lock (SQLite)
            rows.update(**{field.attname: F(field.attname)})
        found |= {row.pk: row for row in rows.only(*names)}
    return found


def not_updated(field: NumberedField) -> DatabaseError:
    """The error where rows that are locked have not taken their numbers (a trigger, a policy)."""
    return DatabaseError(f"Some rows of {field.model._meta.label} were not updated.")


def is_due(field: NumberedField, row: Model) -> bool:
    """Whether a row that was just read wants a number."""
    condition = field.condition
    return row.__dict__[field.attname] is None and (condition is None or condition.holds(row))


def number_row(key: Any, field: NumberedField, connection: BaseDatabaseWrapper) -> Model | None:
    """Number one row that this transaction has written, if it is due.

    Returns:
        The row, with what it holds; None where it is gone.
    """
    if not columns_of(field):
        number = take_for_row(field.series, key, field, connection)
        if number is not None:
            return row_with_number(key, number, field, connection)
    row = read_rows([key], field, connection, lock=False).get(key)
    if row is not None and is_due(field, row):
        number_rows([(field, row)], connection)
    return row


def number_rows(due: Sequence[Due], connection: BaseDatabaseWrapper) -> None:
    """Give rows that are locked their numbers, and write them.

    One counter update a series, in sorted order; within a series in the order of the rows.
    """
    if len(due) == 1:
        ((field, row),) = due
        number = take_for_row(field.series_for(row), row.pk, field, connection)
        if number is not None:
            setattr(row, field.attname, number)
            return
    takers: dict[str, tuple[Series, list[Due]]] = {}
    for field, row in due:
        series = field.series_for(row)
        takers.setdefault(series.key, (series, []))[1].append((field, row))
    for _key, (series, rows) in sorted(takers.items()):
        apps = rows[0][1]._meta.apps
        for (field, row), number in zip(
            rows, take(series, len(rows), connection, apps), strict=True
        ):
            setattr(row, field.attname, number)
    by_field: dict[str, tuple[NumberedField, list[Model]]] = {}
    for field, row in due:
        label = f"{field.model._meta.label}.{field.name}"
        by_field.setdefault(label, (field, []))[1].append(row)
    for field, numbered in by_field.values():
        if len(numbered) == 1:
            if not write_number(numbered[0], field, connection):
                raise not_updated(field)
            continue
        manager = field.model._base_manager.using(connection.alias)
        if manager.bulk_update(numbered, [field.name], batch_size=MOST_KEYS) != len(numbered):
            raise not_updated(field)
