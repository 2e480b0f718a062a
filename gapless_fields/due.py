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


def lock_rows(
    keys: Sequence[Any], field: NumberedField, connection: BaseDatabaseWrapper
) -> dict[Any, Model]:
    """Lock the rows with these primary keys until the transaction ends, and read them again.

    In the order of the keys, so that two of these never wait for each other.
    """
    features = connection.features
    manager = field.model._base_manager.using(connection.alias)
    names = [field.attname, *columns_of(field)]
    size = min(features.max_query_params or MOST_KEYS, MOST_KEYS)
    ordered = sorted(keys)
    found: dict[Any, Model] = {}
    for start in range(0, len(ordered), size):
        rows = manager.filter(pk__in=ordered[start : start + size]).order_by("pk")
        if features.has_select_for_update:
            rows = rows.select_for_update(no_key=features.has_select_for_no_key_update)
        else:  # a write takes the lock (SQLite)
            rows.update(**{field.attname: F(field.attname)})
        found |= {row.pk: row for row in rows.only(*names)}
    return found


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
    for label, (field, numbered) in by_field.items():
        manager = field.model._base_manager.using(connection.alias)
        if manager.bulk_update(numbered, [field.name], batch_size=MOST_KEYS) != len(numbered):
            raise DatabaseError(f"Some rows of {label} were not updated.")
