"""What differs between databases; nothing outside this package asks for a vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapless_fields.counters.dialects.generic import GenericDialect, NumberColumn
from gapless_fields.counters.dialects.mysql import MariaDBDialect, MySQLDialect
from gapless_fields.counters.dialects.next_value import Fault, NextValue
from gapless_fields.counters.dialects.postgresql import PostgreSQLDialect
from gapless_fields.counters.dialects.sqlite import SQLiteDialect

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["Fault", "GenericDialect", "NextValue", "NumberColumn", "dialect_for", "locks_late"]

DIALECTS: dict[str, type[GenericDialect]] = {
    "mariadb": MariaDBDialect,
    "mysql": MySQLDialect,
    "postgresql": PostgreSQLDialect,
    "sqlite": SQLiteDialect,
}


def dialect_for(connection: BaseDatabaseWrapper) -> GenericDialect:
    """The dialect that speaks through ``connection``; a generic one for a database of no dialect.

    Nothing is remembered between calls: what a connection points to can change (``search_path``).
    """
    vendor = connection.vendor
    if vendor == "mysql" and connection.mysql_is_mariadb:  # type: ignore[attr-defined]
        vendor = "mariadb"
    elif vendor == "sqlite" and not connection.features.can_return_columns_from_insert:
        vendor = "sqlite without RETURNING"  # before 3.35: the generic dialect
    return DIALECTS.get(vendor, GenericDialect)(connection)


def locks_late(connection: BaseDatabaseWrapper) -> bool:
    """Whether a transaction may begin without the lock that its first write needs.

    As SQLite does by default. Looks at the settings alone: to tell MariaDB from MySQL, Django
    connects.
    """
    return connection.vendor == "sqlite" and SQLiteDialect(connection).locks_late()
