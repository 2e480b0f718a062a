"""SQLite, which has one writer at a time: the lock on a counter is the lock on the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction

# SQLite adopted the syntax from PostgreSQL, and Django requires a version that supports it.
from gapless_fields.counters.dialects.postgresql import INCREMENT, INCREMENT_MANY, LOCK
from gapless_fields.counters.dialects.snapshots import deferred_snapshot
from gapless_fields.counters.dialects.sqlite_triggers import SQLiteTriggers
from gapless_fields.counters.dialects.upsert import UpsertDialect

if TYPE_CHECKING:
    from gapless_fields.counters.dialects.number_columns import NumberColumn
    from gapless_fields.counters.dialects.triggers import TriggerWriter
    from gapless_fields.series.series import Series


class SQLiteDialect(UpsertDialect):
    INCREMENT = INCREMENT
    INCREMENT_MANY = INCREMENT_MANY
    LOCK = LOCK

    @contextmanager
    def nowait(self, series: Series) -> Generator[None]:
        # Before the transaction begins, because BEGIN IMMEDIATE waits as well.
        with self.connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            (before,) = cursor.fetchone()
            cursor.execute("PRAGMA busy_timeout = 0")
        try:
            with transaction.atomic(using=self.connection.alias):
                yield
        finally:
            with self.connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {before}")

    def trigger_writer(self) -> TriggerWriter | None:
        return SQLiteTriggers(self.connection)

    def snapshot(self) -> AbstractContextManager[None]:
        return deferred_snapshot(self.connection)

    def write_numbers(self, numbers: NumberColumn, rows: Sequence[Sequence[Any]]) -> int:
        with self.connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {numbers.table} SET "
                f"{', '.join(f'{column} = %s' for column in (numbers.column, *numbers.texts))} "
                f"WHERE {numbers.condition} AND {numbers.column} IS NULL",
                rows,
            )
            return int(cursor.rowcount)

    def is_double(self, error: DatabaseError, table: str, column: str) -> bool:
        _text, found, columns = str(error).partition("UNIQUE constraint failed: ")
        return bool(found) and f"{table}.{column}" in columns.split(", ")

    def is_lock_error(self, error: DatabaseError) -> bool:
        # The low byte: SQLITE_BUSY_SNAPSHOT and other extended codes are kinds of SQLITE_BUSY.
        code = getattr(error.__cause__, "sqlite_errorcode", 0)
        return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

    def partial_indexes(self, table: str) -> set[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(f"PRAGMA index_list({self.connection.ops.quote_name(table)})")
            return {name for _, name, _, _, is_partial in cursor.fetchall() if is_partial}

    def locks_late(self) -> bool:
        """Return whether transactions begin without the write lock. Does not connect."""
        settings: dict[str, Any] = self.connection.settings_dict
        mode = settings["OPTIONS"].get("transaction_mode") or ""
        return mode.upper() not in ("IMMEDIATE", "EXCLUSIVE") and not (
            # Private to its connection, so there is nobody to wait for.
            self.connection.is_in_memory_db()  # type: ignore[attr-defined]
        )
