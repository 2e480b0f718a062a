"""What differs between databases. Nothing outside this package checks the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapless_fields.counters.dialects.generic import GenericDialect
from gapless_fields.counters.dialects.mysql import MariaDBDialect, MySQLDialect
from gapless_fields.counters.dialects.next_value import Fault, NextValue
from gapless_fields.counters.dialects.number_columns import NumberColumn
from gapless_fields.counters.dialects.postgresql import PostgreSQLDialect
from gapless_fields.counters.dialects.sqlite import SQLiteDialect

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = [
    "Fault",
    "GenericDialect",
    "NextValue",
    "NumberColumn",
    "can_protect",
    "can_release_early",
    "dialect_for",
    "locks_late",
]

DIALECTS: dict[str, type[GenericDialect]] = {
    "mariadb": MariaDBDialect,
    "mysql": MySQLDialect,
    "postgresql": PostgreSQLDialect,
    "sqlite": SQLiteDialect,
}


def dialect_for(connection: BaseDatabaseWrapper) -> GenericDialect:
    """Return the dialect for ``connection``, or the generic one for any other database.

    Nothing is cached between calls, because what a connection points to can change
    (``search_path``).
    """
    vendor = connection.vendor
    if vendor == "mysql" and connection.mysql_is_mariadb:  # type: ignore[attr-defined]
        vendor = "mariadb"
    elif vendor == "sqlite" and not connection.features.can_return_columns_from_insert:
        vendor = "sqlite without RETURNING"  # before 3.35: the generic dialect
    return DIALECTS.get(vendor, GenericDialect)(connection)


def can_release_early(vendor: str) -> bool:
    """Return whether ``EARLY_LOCK_RELEASE`` has an effect on the databases of a vendor."""
    return DIALECTS.get(vendor, GenericDialect).CAN_RELEASE_EARLY


def can_protect(vendor: str) -> bool:
    """Return whether ``NumberProtection`` has an effect on the databases of a vendor."""
    dialect = DIALECTS.get(vendor, GenericDialect)
    return dialect.trigger_writer is not GenericDialect.trigger_writer


def locks_late(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a transaction may begin without the lock that its first write needs.

    SQLite does this by default. Only the settings are read, because Django must connect to tell
    MariaDB from MySQL.
    """
    return connection.vendor == "sqlite" and SQLiteDialect(connection).locks_late()
