"""Numbers in their table: rows are locked and read by their keys, and numbers are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gapless_fields.dialects import NumberColumn, dialect_for
from gapless_fields.registry import columns_of
from gapless_fields.rows import begin_writing, key_values, read_by_keys, row_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.registry import NumberedField


def read_rows(
    keys: Sequence[Any], field: NumberedField, connection: BaseDatabaseWrapper
) -> dict[Any, Model]:
    """Lock rows and read what is needed to number them, by primary key.

    In the order of the keys, so that two of these never wait for each other.
    """
    model = field.model
    names = list(dict.fromkeys([field.attname, *columns_of(field)]))
    if len(keys) == len(names) == 1:
        return _read_number(keys[0], field, connection)
    begin_writing(model, connection)
    return read_by_keys(model, keys, names, connection, lock=True)


def _read_number(
    key: Any, field: NumberedField, connection: BaseDatabaseWrapper
) -> dict[Any, Model]:
    # Django takes 350 µs to put such a query together, while other writers wait for the series.
    numbers = number_column(field, connection)
    begin_writing(field.model, connection)
    lock = ""
    if connection.features.has_select_for_update:
        lock = connection.ops.for_update_sql(
            no_key=connection.features.has_select_for_no_key_update
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {numbers.column} FROM {numbers.table} WHERE {numbers.condition} {lock}",
            key_params(key, field, connection),
        )
        found = cursor.fetchone()
    return {} if found is None else {key: row_with_number(key, found[0], field, connection)}


def row_with_number(
    key: Any, number: int | None, field: NumberedField, connection: BaseDatabaseWrapper
) -> Model:
    """A row of which nothing else is known."""
    values = key_values(field.model, key) | {field.attname: number}
    return row_of(field.model, connection.alias, values)


def number_column(field: NumberedField, connection: BaseDatabaseWrapper) -> NumberColumn:
    """Where the numbers of a field are."""

    def quoted(name: str | None) -> str:
        return connection.ops.quote_name(str(name)).replace("%", "%%")

    options = field.model._meta
    return NumberColumn(
        quoted(options.db_table),
        quoted(field.column),
        tuple(quoted(part.column) for part in options.pk_fields),
        tuple(str(part.rel_db_type(connection)) for part in options.pk_fields),
    )


def key_params(key: Any, field: NumberedField, connection: BaseDatabaseWrapper) -> list[Any]:
    """The values of a primary key, as the database takes them."""
    parts = field.model._meta.pk_fields
    values = key if isinstance(key, tuple) else (key,)
    return [
        part.get_db_prep_value(value, connection) for part, value in zip(parts, values, strict=True)
    ]


def write_numbers(
    rows: Sequence[Model], field: NumberedField, connection: BaseDatabaseWrapper
) -> int:
    """Write the numbers of rows that have none in the database; tell how many were written."""
    return dialect_for(connection).write_numbers(
        number_column(field, connection),
        [(row.__dict__[field.attname], *key_params(row.pk, field, connection)) for row in rows],
    )
