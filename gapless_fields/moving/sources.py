"""The tables of other packages, read under a lock. The packages need not be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Source(NamedTuple):
    """The table in which another package keeps its sequences."""

    table: str
    name: str
    """The column of the sequence's name."""

    last: str
    """The column of the last number given."""

    first: int
    """The lowest number that is ever given. A row with a lower one has given none."""

    @property
    def closed_table(self) -> str:
        """The name of the table after ``close()``."""
        return f"{self.table}_closed"


SOURCES = {
    "sequences": Source("sequences_sequence", "name", "last", first=0),
    "django_seq": Source("django_seq__sequences", "key", "value", first=1),
}
"""By the label of the package's application."""


def find_table(source: Source, connection: BaseDatabaseWrapper) -> str | None:
    """Return the name of the table, which may be closed, or None if there is none."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    return next((name for name in (source.table, source.closed_table) if name in tables), None)


def close(source: Source, connection: BaseDatabaseWrapper) -> None:
    """Rename the table: who still takes a number from it gets an error.

    This waits for the transactions that have used the table. Others wait for the caller's
    transaction, and then get the error. On MariaDB and MySQL, the renaming commits by itself.
    """
    old, new = map(connection.ops.quote_name, (source.table, source.closed_table))
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


def read(
    source: Source, table: str, connection: BaseDatabaseWrapper, *, lock: bool
) -> dict[str, int]:
    """Return the last number of each sequence.

    Args:
        source: the package's table.
        table: its name now, from ``find_table()``.
        connection: the database.
        lock: whether to wait for the transactions that have taken numbers, and to let others wait
            until the caller's transaction ends. (On MariaDB and MySQL, a sequence may be added
            meanwhile.) Without it, numbers that are not committed are not seen.
    """
    quote = connection.ops.quote_name
    sql = f"SELECT {quote(source.name)}, {quote(source.last)} FROM {quote(table)}"
    with connection.cursor() as cursor:
        if lock and connection.vendor == "postgresql":
            # A lock on rows would not wait for a transaction that has inserted a sequence.
            # MariaDB and MySQL read such a row, and wait for it.
            cursor.execute(f"LOCK TABLE {quote(table)} IN EXCLUSIVE MODE")
        if lock and connection.features.has_select_for_update:
            sql += f" {connection.ops.for_update_sql()}"
        elif lock:  # SQLite: a write takes the lock of the whole database
            column = quote(source.last)
            cursor.execute(f"UPDATE {quote(table)} SET {column} = {column} WHERE 1 = 0")
        cursor.execute(sql)
        return dict(cursor.fetchall())
