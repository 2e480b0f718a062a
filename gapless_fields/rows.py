"""The number of one row, read and written by plain SQL.

The ORM takes 350 µs to put such a statement together, while other writers wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapless_fields.dialects import Place

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.registry import NumberedField


def place_of(key: Any, field: NumberedField, connection: BaseDatabaseWrapper) -> Place:
    """Where the number of the row with this primary key is."""
    options = field.model._meta
    keys = options.pk_fields
    values = key if isinstance(key, tuple) else (key,)

    def quoted(name: str | None) -> str:
        return connection.ops.quote_name(str(name)).replace("%", "%%")

    return Place(
        quoted(options.db_table),
        quoted(field.column),
        " AND ".join(f"{quoted(part.column)} = %s" for part in keys),
        [
            part.get_db_prep_value(value, connection)
            for part, value in zip(keys, values, strict=True)
        ],
    )


def row_with_number(
    key: Any, number: int | None, field: NumberedField, connection: BaseDatabaseWrapper
) -> Model:
    """A row of which nothing else is known."""
    names = [*(part.attname for part in field.model._meta.pk_fields), field.attname]
    values = [*(key if isinstance(key, tuple) else (key,)), number]
    return field.model.from_db(connection.alias, names, values)


def read_number(key: Any, field: NumberedField, connection: BaseDatabaseWrapper) -> Model | None:
    """The row with this primary key and its number; None where there is none."""
    place = place_of(key, field, connection)
    with connection.cursor() as cursor:
        sql = f"SELECT {place.column} FROM {place.table} WHERE {place.condition}"
        cursor.execute(sql, place.params)
        found = cursor.fetchone()
    return None if found is None else row_with_number(key, found[0], field, connection)


def write_number(row: Model, field: NumberedField, connection: BaseDatabaseWrapper) -> bool:
    """Write the number of a row, and tell whether it was there."""
    place = place_of(row.pk, field, connection)
    with connection.cursor() as cursor:
        sql = f"UPDATE {place.table} SET {place.column} = %s WHERE {place.condition}"
        cursor.execute(sql, [row.__dict__[field.attname], *place.params])
        return bool(cursor.rowcount)
