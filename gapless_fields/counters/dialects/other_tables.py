"""Tables that are not this package's: read under a lock, and renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def rename_table(old: str, new: str, connection: BaseDatabaseWrapper) -> None:
    """Rename a table, when the transactions that have used it have ended.

    Transactions that come later wait for the caller's, and then find no table. On MariaDB and
    MySQL, the statement commits by itself.
    """
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {quote(old)} RENAME TO {quote(new)}")


def read_columns(
    table: str, columns: tuple[str, str], connection: BaseDatabaseWrapper, *, lock: bool
) -> list[Any]:
    """Return two columns of all rows of a table.

    Args:
        table: the name of the table.
        columns: the names of the columns.
        connection: the database.
        lock: whether to wait for the transactions that have written rows, and to let others wait
            until the caller's transaction ends. (On MariaDB and MySQL, a row may be inserted
            meanwhile.) Without it, what is not committed is not seen.
    """
    table, first, second = map(connection.ops.quote_name, (table, *columns))
    sql = f"SELECT {first}, {second} FROM {table}"
    with connection.cursor() as cursor:
        if lock and connection.vendor == "postgresql":
            # A lock on rows would not wait for a transaction that has inserted one. MariaDB and
            # MySQL read such a row, and wait for it.
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        if lock and connection.features.has_select_for_update:
            sql += f" {connection.ops.for_update_sql()}"
        elif lock:  # SQLite: a write takes the lock of the whole database
            cursor.execute(f"UPDATE {table} SET {second} = {second} WHERE 1 = 0")
        cursor.execute(sql)
        return list(cursor.fetchall())
