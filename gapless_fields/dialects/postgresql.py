"""PostgreSQL."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction

from gapless_fields.dialects.upsert import UpsertDialect

if TYPE_CHECKING:
    from gapless_fields.series import Series

INCREMENT = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, %s)
        ON CONFLICT ({key})
      DO UPDATE SET {last} = {table}.{last} + %s
              WHERE {table}.{last} <= %s
          RETURNING {last}
"""

LOCK = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, %s)
        ON CONFLICT ({key})
      DO UPDATE SET {last} = {table}.{last}
          RETURNING {last}
"""

LOCK_NOT_AVAILABLE = "55P03"


class PostgreSQLDialect(UpsertDialect):
    INCREMENT = INCREMENT
    LOCK = LOCK

    @contextmanager
    def nowait(self, series: Series) -> Generator[None]:
        # SELECT … FOR UPDATE NOWAIT finds no row to lock while another transaction is creating the
        # counter, and the INSERT has no NOWAIT. lock_timeout (in ms; 0 means for ever) covers both.
        with transaction.atomic(using=self.connection.alias):
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('lock_timeout')")
                before = cursor.fetchone()
                cursor.execute("SET LOCAL lock_timeout = 1")
            yield
            # A rollback to the savepoint restores the setting, its release does not.
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", before)

    def is_lock_error(self, error: DatabaseError) -> bool:
        # psycopg 3 names it sqlstate, psycopg2 pgcode.
        cause = error.__cause__
        state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
        return state == LOCK_NOT_AVAILABLE
