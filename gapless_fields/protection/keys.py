"""How a trigger finds the void of the row that is being deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.protection.constraints import NumberProtection
from gapless_fields.rows.number_column import key_params, number_column

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.numbered_field import NumberedField


def protection_of(field: NumberedField) -> NumberProtection | None:
    """Return the constraint that protects a field, or None."""
    for constraint in field.model._meta.constraints:
        if isinstance(constraint, NumberProtection) and field.name in constraint.fields:
            return constraint
    return None


def protected_row(
    field: NumberedField, key: Any, connection: BaseDatabaseWrapper
) -> tuple[str, str]:
    """Return the name of the protection of a row's number, and the row's key as a trigger has it.

    Both are empty if the field has no ``NumberProtection``. They are what a ``RegisterEntry`` must
    hold for the trigger to let the row be deleted.

    Args:
        field: the numbered field.
        key: the row's primary key.
        connection: the database.
    """
    constraint = protection_of(field)
    writer = dialect_for(connection).trigger_writer()
    if constraint is None or writer is None:
        return "", ""
    numbers = number_column(field, connection)
    text = writer.row_key(numbers.table, numbers.keys)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {text} FROM {numbers.table} WHERE {numbers.condition}",
            key_params(key, field, connection),
        )
        found = cursor.fetchone()
    return constraint.name, "" if found is None else str(found[0])
