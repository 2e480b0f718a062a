"""MariaDB and MySQL."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from gapless_fields.counters.dialects.generic import BEING_CREATED
from gapless_fields.counters.dialects.mysql_function import (
    CREATE_FUNCTION,
    DROP_FUNCTION,
    LACKS_FUNCTION,
    LOCK_WAIT_TIMEOUT,
    UNIQUE_COLUMNS,
    MySQLNextValue,
    forget_not_callable,
    is_callable,
    name_of_index,
    remember_not_callable,
    rights_for_function,
)
from gapless_fields.counters.dialects.mysql_triggers import MySQLTriggers
from gapless_fields.counters.dialects.next_value import FUNCTION
from gapless_fields.counters.dialects.snapshots import MYSQL, snapshot_by
from gapless_fields.counters.dialects.upsert import UpsertDialect
from gapless_fields.series.series import MAX_VALUE

if TYPE_CHECKING:
    from gapless_fields.counters.dialects.next_value import NextValue
    from gapless_fields.counters.dialects.triggers import TriggerWriter
    from gapless_fields.series.series import Series

MARIADB_INCREMENT = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, %s)
   ON DUPLICATE KEY
             UPDATE {last} = {last} + %s
          RETURNING {last}
"""

MARIADB_INCREMENT_MANY = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES {{rows}}
   ON DUPLICATE KEY
             UPDATE {last} = {last} + (VALUES({last}) - {{before}})
          RETURNING {key}, {last}
"""

MARIADB_LOCK = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, %s)
   ON DUPLICATE KEY
             UPDATE {last} = {last}
          RETURNING {last}
"""

# MySQL has no RETURNING. LAST_INSERT_ID(expr) returns the value to the client with the statement's
# own response. It is in both branches, or a first use would return an earlier statement's value.
MYSQL_INCREMENT = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, LAST_INSERT_ID(%s))
   ON DUPLICATE KEY
             UPDATE {last} = LAST_INSERT_ID({last} + %s)
"""

MYSQL_LOCK = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, %s)
   ON DUPLICATE KEY
             UPDATE {last} = {last}
"""

# FOR UPDATE reads the newest row; a plain SELECT may read the transaction's older snapshot.
MYSQL_READ_LOCKED = """
             SELECT {last}
               FROM {table}
              WHERE {key} = %s
                FOR UPDATE
"""

MYSQL_LOCK_NOWAIT = f"{MYSQL_READ_LOCKED.rstrip()} NOWAIT"

# MySQL 8 knows the first name, MariaDB before 11.1 the second, and all others both.
ISOLATION_LEVEL = """
        SHOW SESSION VARIABLES
               WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')
"""

# NULL if the server's time zone tables are empty, as they are after an installation.
CONVERTS_NOTHING = """
             SELECT CONVERT_TZ('2026-01-01', %s, %s) IS NULL
"""

# MyISAM, Aria, MEMORY, …
WITHOUT_TRANSACTIONS = """
             SELECT table_name
               FROM information_schema.tables
              WHERE table_schema = DATABASE()
                AND engine IN (SELECT engine
                                 FROM information_schema.engines
                                WHERE NOT transactions <=> 'YES')
"""

DUPLICATE_ENTRY = 1062
DATA_OUT_OF_RANGE = 1690
LOCK_NOWAIT = 3572


class MariaDBDialect(UpsertDialect):
    INCREMENT = MARIADB_INCREMENT
    INCREMENT_MANY = MARIADB_INCREMENT_MANY
    LOCK = MARIADB_LOCK

    SHORTEST_WAIT: ClassVar[int] = 0  # in seconds; to MariaDB, 0 means "do not wait"

    def increment(self, series: Series, count: int) -> int | None:
        first_last = series.initial_value + count - 1
        if first_last > MAX_VALUE:
            return None
        # ON DUPLICATE KEY has no WHERE. For a sum beyond BIGINT, the database raises error 1690.
        return self._increment([*self._names(series), first_last, count])

    def _increment(self, params: list[Any]) -> int | None:
        return self._fetch(self.INCREMENT, params)

    @contextmanager
    def nowait(self, series: Series) -> Generator[None]:
        # INSERT has no NOWAIT, and its wait on a first use must also end at once.
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT @@SESSION.innodb_lock_wait_timeout")
            before = cursor.fetchone()
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {self.SHORTEST_WAIT}")
        try:
            with transaction.atomic(using=self.connection.alias):
                yield
        finally:
            # Django's cursor refuses to work in a transaction that is marked for rollback, as this
            # one is if the timeout has rolled it back as a whole (innodb_rollback_on_timeout). A
            # lost session has lost the setting, too.
            session = self.connection.connection
            if session is not None:
                lost = self.connection.Database.Error  # type: ignore[attr-defined]
                with suppress(lost), closing(session.cursor()) as cursor:
                    cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", before)

    def trigger_writer(self) -> TriggerWriter | None:
        return MySQLTriggers(self.connection)

    def snapshot(self) -> AbstractContextManager[None]:
        return snapshot_by(MYSQL, self.connection)

    def is_lock_error(self, error: DatabaseError) -> bool:
        return error.args[:1] in ((LOCK_WAIT_TIMEOUT,), (LOCK_NOWAIT,))

    def is_overflow(self, error: DatabaseError) -> bool:
        return error.args[:1] == (DATA_OUT_OF_RANGE,)

    def is_double(self, error: DatabaseError, table: str, column: str) -> bool:
        if error.args[:1] != (DUPLICATE_ENTRY,):
            return False
        index = name_of_index(error).removeprefix(f"{table}.")
        with self.connection.cursor() as cursor:
            cursor.execute(UNIQUE_COLUMNS, [table, index])
            return column in [name for (name,) in cursor.fetchall()]

    def next_value(self, series: Series, *, may_be_first: bool) -> NextValue | None:
        if not is_callable(self.connection):
            return None
        # As in the settings; None is the server's own, REPEATABLE READ unless told otherwise.
        level = getattr(self.connection, "isolation_level", None)
        locks_gaps = level not in ("read committed", "read uncommitted")
        return MySQLNextValue(series, may_be_first=may_be_first, locks_gaps=locks_gaps)

    def create_function(self, execute: Callable[[str], object]) -> None:
        execute(CREATE_FUNCTION)
        forget_not_callable(self.connection)

    def drop_function(self, execute: Callable[[str], object]) -> None:
        execute(DROP_FUNCTION)

    def lacks_function(self) -> bool:
        from gapless_fields.models import Counter

        with self.connection.cursor() as cursor:
            cursor.execute(LACKS_FUNCTION, [Counter._meta.db_table, FUNCTION])
            return bool(cursor.fetchone()[0])

    def do_without_function(self) -> None:
        remember_not_callable(self.connection)

    def rights_for_function(self) -> list[str]:
        return rights_for_function(self.connection)

    def reads_uncommitted(self) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute(ISOLATION_LEVEL)
            return any(value == "READ-UNCOMMITTED" for _, value in cursor.fetchall())

    def lacks_time_zone(self) -> bool:
        project, stored = timezone.get_default_timezone_name(), self.connection.timezone_name
        if not settings.USE_TZ or project == stored:
            return False
        with self.connection.cursor() as cursor:
            cursor.execute(CONVERTS_NOTHING, [stored, project])
            return bool(cursor.fetchone()[0])

    def tables_without_transactions(self, tables: Sequence[str]) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(WITHOUT_TRANSACTIONS)
            found = {name for (name,) in cursor.fetchall()}
        return [table for table in tables if table in found]


class MySQLDialect(MariaDBDialect):
    INCREMENT = MYSQL_INCREMENT
    INCREMENT_MANY = ""  # no RETURNING
    LOCK = MYSQL_LOCK

    SHORTEST_WAIT = 1

    def next_value(self, series: Series, *, may_be_first: bool) -> NextValue | None:
        # Without RETURNING, one more statement reads the number. In a transaction, that would be as
        # many under the lock as an upsert and an INSERT are.
        return None if may_be_first else super().next_value(series, may_be_first=False)

    def _increment(self, params: list[Any]) -> int | None:
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql(self.INCREMENT), params)
            return int(cursor.lastrowid)

    def lock(self, series: Series) -> int | None:
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql(self.LOCK), [*self._names(series), BEING_CREATED])
        last = self._fetch(MYSQL_READ_LOCKED, [series.key])
        return None if last == BEING_CREATED else last

    @contextmanager
    def nowait(self, series: Series) -> Generator[None]:
        # MySQL's shortest timeout is a second. SELECT has a NOWAIT, for a counter that exists.
        with super().nowait(series):
            self._fetch(MYSQL_LOCK_NOWAIT, [series.key])
            yield
