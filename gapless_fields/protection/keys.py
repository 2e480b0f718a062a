"""How a trigger finds the void of the row that is being deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.numbered_field import NumberedField


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
    return "", ""
