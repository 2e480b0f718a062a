"""Rows as the database has them, read by their values, past the project's own code.

No manager of the project takes part, which may filter or join, and no ``__init__()``, descriptor or
signal of a model: a look of ours at a row must find it, lock it alone, and be seen by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import DateField, ExpressionWrapper, QuerySet, Subquery
from django.db.models.functions import Cast

from gapless_fields.django_internals import is_plain
from gapless_fields.rows.memory import in_memory
from gapless_fields.series.columns import ReadState

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

MOST_KEYS = 1000
"""How many rows one query reads by their keys."""

_EXPRESSION = "gapless_written"


def all_rows(model: type[Model], using: str) -> QuerySet[Model]:
    """Every row of a table, whatever the model's managers leave out."""
    return QuerySet(model, using=using)


def plain(queryset: QuerySet[Model]) -> QuerySet[Model]:
    """The same rows, to be read or locked: nothing joined, annotated or ordered.

    PostgreSQL locks no row of an outer join, and a join is what a base manager with
    ``select_related()`` makes.
    """
    query = queryset.query
    rows: QuerySet[Model] = QuerySet(queryset.model, query=query.chain(), using=queryset.db)
    rows = rows.order_by()
    if not is_plain(query):
        keys: Any = rows.select_related(None).values("pk")
        features = connections[queryset.db].features
        if features.has_select_for_update and not features.has_select_for_update_of:
            # MariaDB locks the rows of a subquery too, those of the tables that it joins.
            keys = list(keys.values_list("pk", flat=True))
        return all_rows(queryset.model, queryset.db).filter(pk__in=keys)
    return rows.select_related(None)


def locked(rows: QuerySet[Model], connection: BaseDatabaseWrapper) -> QuerySet[Model]:
    """The same rows, locked when they are read; ``begin_writing()`` first.

    Without what only a change of a key needs, so that rows that refer to these can be written.
    """
    features = connection.features
    if not features.has_select_for_update:
        return rows
    return rows.select_for_update(no_key=features.has_select_for_no_key_update)


def begin_writing(model: type[Model], connection: BaseDatabaseWrapper) -> None:
    """Take the lock of a database that locks as a whole (SQLite), where rows have none.

    A read that became a write later would fail, where another transaction has written meanwhile.
    """
    if not connection.features.has_select_for_update:
        table = connection.ops.quote_name(model._meta.db_table)
        key = connection.ops.quote_name(str(model._meta.pk_fields[0].column))
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {key} = {key} WHERE 1 = 0")


def row_of(model: type[Model], using: str, values: Mapping[str, Any]) -> Model:
    """A row as an instance that no code of the project has made or seen.

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
    """The values of a primary key, by attname."""
    values = key if isinstance(key, tuple) else (key,)
    names = [part.attname for part in model._meta.pk_fields]
    return dict(zip(names, values, strict=True))


def key_of(row: Model, model: type[Model]) -> Any:
    """The primary key of a row in a model's own table, as the database answers with it.

    Args:
        row: an instance of the model, or of a multi-table child of it.
        model: the model.
    """
    parts = [part.to_python(in_memory(row, part.attname)) for part in model._meta.pk_fields]
    return tuple(parts) if len(parts) > 1 else parts[0]


def read(rows: QuerySet[Model], names: Sequence[str], using: str) -> dict[Any, Model]:
    """What rows hold, by primary key.

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
    """What the rows with these keys hold, by primary key.

    With ``lock``, in the order of the keys, so that two of these never wait for each other.
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
    """What an expression that a column is to be set to gives for each row, by primary key."""
    (column,) = (field for field in rows.model._meta.concrete_fields if field.attname == name)
    rows = rows.order_by().select_related(None)
    values = rows.annotate(**{_EXPRESSION: readable(expression, column)})
    return dict(values.values_list("pk", _EXPRESSION))


def readable(expression: Any, column: Any) -> Any:
    """An expression that a column is to be set to, as one that tells what it will hold."""
    if isinstance(expression, QuerySet):
        expression = Subquery(expression)
    target = getattr(column, "target_field", column)
    # Converted as the column does: MariaDB has datetimes of CASE as text.
    wrapper = Cast if isinstance(target, DateField) else ExpressionWrapper
    return wrapper(expression, output_field=target)


def is_expression(value: Any) -> bool:
    """Whether only the database knows a value."""
    return hasattr(value, "resolve_expression")
