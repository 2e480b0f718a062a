"""What a unique constraint of the database proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.series.scopes import Column

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.numbered_field import NumberedField


def excludes_doubles(field: NumberedField, connection: BaseDatabaseWrapper) -> bool:
    """Return whether the database lets no two rows of a table have a number of the same series.

    Only a constraint that the table really has is a proof, on the number and on columns of the
    scope that cannot be NULL. A partial index, or one on an expression, proves nothing here.
    """
    table = field.model._meta.db_table
    scope = {
        field.model._meta.get_field(name).column  # type: ignore[union-attr]
        for part in field.scope_parts
        for name in part.columns
        if isinstance(part, Column)
    }
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
        description = connection.introspection.get_table_description(cursor, table)
    partial: set[str] | None = set()
    if connection.features.supports_partial_indexes:
        partial = dialect_for(connection).partial_indexes(table)
    if partial is None:
        partial = {name for name, found in constraints.items() if found["index"]}
    scope -= {column.name for column in description if column.null_ok}
    for name, constraint in constraints.items():
        columns = set(constraint["columns"] or ())
        if (
            constraint["unique"]
            and name not in partial
            and field.column in columns
            and columns - {field.column} <= scope
        ):
            return True
    return False
