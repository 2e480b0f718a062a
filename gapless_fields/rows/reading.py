"""Rows as the database has them, read by their values, bypassing the project's own code.

No manager of the project is used, because it may filter or join, and no ``__init__()``, descriptor
or signal of a model. When we read a row, we must find it, lock no other row, and not be noticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import DateField, ExpressionWrapper, QuerySet, Subquery
from django.db.models.functions import Cast

from gapless_fields.django_internals.queries import is_plain
from gapless_fields.rows.memory import in_memory
from gapless_fields.series.columns import ReadState

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

MOST_KEYS = 1000
"""How many rows one query reads by their keys."""

_EXPRESSION = "gapless_written"


def all_rows(model: type[Model], using: str) -> QuerySet[Model]:
    """Return every row of a table, whatever the model's managers leave out."""
    return QuerySet(model, using=using)


def plain(queryset: QuerySet[Model]) -> QuerySet[Model]:
    """Return the same rows, to be read or locked, with nothing joined, annotated or ordered.

    PostgreSQL cannot lock the rows of an outer join, and a base manager with ``select_related()``
    creates such a join.
    """
    query = queryset.query
    rows: QuerySet[Model] = QuerySet(queryset.model, query=query.chain(), using=queryset.db)
    rows = rows.order_by()
    if not is_plain(query):
        keys: Any = rows.select_related(None).values("pk")
        features = connections[queryset.db].features
        if features.has_select_for_update and not features.has_select_for_update_of:
            # MariaDB also locks the rows of a subquery, those of the tables that it joins.
            keys = list(keys.values_list("pk", flat=True))
        return all_rows(queryset.model, queryset.db).filter(pk__in=keys)
    return rows.select_related(None)


def locked(rows: QuerySet[Model], connection: BaseDatabaseWrapper) -> QuerySet[Model]:
    """Return the same rows, locked when they are read. Call ``begin_writing()`` first.

    The lock omits what only a change of a key needs, so that rows that refer to these can be
    written.
    """
    features = connection.features
    if not features.has_select_for_update:
        return rows
    return rows.select_for_update(no_key=features.has_select_for_no_key_update)


def begin_writing(model: type[Model], connection: BaseDatabaseWrapper) -> None:
    """Take the lock of a database that locks only as a whole (SQLite) and has no row locks.

    A read that later became a write would fail if another transaction had written meanwhile.
    """
    if not connection.features.has_select_for_update:
        table = connection.ops.quote_name(model._meta.db_table)
        key = connection.ops.quote_name(str(model._meta.pk_fields[0].column))
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {key} = {key} WHERE 1 = 0")


def row_of(model: type[Model], using: str, values: Mapping[str, Any]) -> Model:
    """Return a row as an instance that no code of the project has created or seen.

    Args:
        model: the model.
        using: the alias of the database.
        values: what the row holds, by attname.
    """
    row = model.__new__(model)
    row._state = ReadState()
    row._state.adding = False
    row._state.db = using
    row.__dict__.update(values)
    return row


def key_values(model: type[Model], key: Any) -> dict[str, Any]:
    """Return the values of a primary key, by attname."""
    values = key if isinstance(key, tuple) else (key,)
    names = [part.attname for part in model._meta.pk_fields]
    return dict(zip(names, values, strict=True))


def key_of(row: Model, model: type[Model]) -> Any:
    """Return the primary key of a row in a model's own table, as the database returns it.

    Args:
        row: an instance of the model, or of a multi-table child of it.
        model: the model.
    """
    parts = [part.to_python(in_memory(row, part.attname)) for part in model._meta.pk_fields]
    return tuple(parts) if len(parts) > 1 else parts[0]


def has_key(row: Model, model: type[Model]) -> bool:
    """Return whether a row's primary key in a model's own table is known before it is inserted."""
    parts = [in_memory(row, part.attname) for part in model._meta.pk_fields]
    return not any(part is None or is_expression(part) for part in parts)


def read(rows: QuerySet[Model], names: Sequence[str], using: str) -> dict[Any, Model]:
    """Return what rows hold, by primary key.

    Args:
        rows: the rows.
        names: the attnames of the columns to read, and annotations.
        using: the alias of the database.
    """
    names = list(dict.fromkeys(names))
    return {
        key: row_of(
            rows.model,
            using,
            dict(zip(names, values, strict=True)) | key_values(rows.model, key),
        )
        for key, *values in rows.values_list("pk", *names)
    }


def read_by_keys(
    model: type[Model],
    keys: Sequence[Any],
    names: Sequence[str],
    connection: BaseDatabaseWrapper,
    *,
    lock: bool = False,
) -> dict[Any, Model]:
    """Return what the rows with these keys hold, by primary key.

    With ``lock``, they are locked in the order of the keys, so that two such calls do not deadlock.
    """
    size = min(connection.features.max_query_params or MOST_KEYS, MOST_KEYS)
    size //= len(model._meta.pk_fields)
    found: dict[Any, Model] = {}
    ordered = sorted(keys) if lock else list(keys)
    for start in range(0, len(ordered), size):
        rows = all_rows(model, connection.alias).filter(pk__in=ordered[start : start + size])
        if lock:
            rows = locked(rows, connection).order_by("pk")
        found |= read(rows, names, connection.alias)
    return found


def evaluated(rows: QuerySet[Model], name: str, expression: Any) -> dict[Any, Any]:
    """Return what an expression to be written to a column gives for each row, by primary key."""
    (column,) = (field for field in rows.model._meta.concrete_fields if field.attname == name)
    rows = rows.order_by().select_related(None)
    values = rows.annotate(**{_EXPRESSION: readable(expression, column)})
    return dict(values.values_list("pk", _EXPRESSION))


def readable(expression: Any, column: Any) -> Any:
    """Turn an expression to be written to a column into one that gives what it will hold."""
    if isinstance(expression, QuerySet):
        expression = Subquery(expression)
    target = getattr(column, "target_field", column)
    # Convert as the column does: on MariaDB, CASE returns datetimes as text.
    wrapper = Cast if isinstance(target, DateField) else ExpressionWrapper
    return wrapper(expression, output_field=target)


def is_expression(value: Any) -> bool:
    """Return whether only the database knows a value."""
    return hasattr(value, "resolve_expression")
