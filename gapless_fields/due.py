"""Saved rows that are due and have no number: locked, judged, numbered, written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.db.models import F

from gapless_fields.adoption import take
from gapless_fields.registry import columns_of

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
        return _read_number(keys[0], field, connection)
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


def number_rows(due: Sequence[Due], connection: BaseDatabaseWrapper) -> None:
    """Give rows that are locked their numbers, and write them.

    One counter update a series, in sorted order; within a series in the order of the rows.
    """
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
            _write_number(numbered[0], field, connection)
            continue
        manager = field.model._base_manager.using(connection.alias)
        if manager.bulk_update(numbered, [field.name], batch_size=MOST_KEYS) != len(numbered):
            raise not_updated(field)


# The ORM takes 350 µs to put each of these two together, while other writers wait for the second.


def _read_number(
    key: Any, field: NumberedField, connection: BaseDatabaseWrapper
) -> dict[Any, Model]:
    table, column, condition, params = _sql_parts(key, field, connection)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {condition}", params)
        found = cursor.fetchone()
    if found is None:
        return {}
    model = field.model
    names = [model._meta.pk.attname, field.attname]
    return {key: model.from_db(connection.alias, names, [key, *found])}


def _write_number(row: Model, field: NumberedField, connection: BaseDatabaseWrapper) -> None:
    table, column, condition, params = _sql_parts(row.pk, field, connection)
    with connection.cursor() as cursor:
        sql = f"UPDATE {table} SET {column} = %s WHERE {condition}"
        cursor.execute(sql, [row.__dict__[field.attname], *params])
        if cursor.rowcount != 1:
            raise not_updated(field)


def _sql_parts(
    key: Any, field: NumberedField, connection: BaseDatabaseWrapper
) -> tuple[str, str, str, list[Any]]:
    """Table, column, and what finds the row with this primary key."""
    quote = connection.ops.quote_name
    options = field.model._meta
    keys = options.pk_fields
    values = key if isinstance(key, tuple) else (key,)
    condition = " AND ".join(f"{quote(str(part.column))} = %s" for part in keys)
    params = [
        part.get_db_prep_value(value, connection) for part, value in zip(keys, values, strict=True)
    ]
    return quote(options.db_table), quote(str(field.column)), condition, params
