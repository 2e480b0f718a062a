"""PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction

from gapless_fields.counters.dialects.next_value import FUNCTION, NextValue
from gapless_fields.counters.dialects.postgresql_function import (
    CREATE_FUNCTION,
    DROP_FUNCTION,
    LACKS_FUNCTION,
    LOCK_NOT_AVAILABLE,
    PostgreSQLNextValue,
    is_double,
    sqlstate,
)
from gapless_fields.counters.dialects.postgresql_triggers import PostgreSQLTriggers
from gapless_fields.counters.dialects.snapshots import POSTGRESQL, snapshot_by
from gapless_fields.counters.dialects.upsert import UpsertDialect
from gapless_fields.counters.early_release import SET_OFF, releases_early
from gapless_fields.series.series import MAX_VALUE

if TYPE_CHECKING:
    from gapless_fields.counters.dialects.number_columns import NumberColumn
    from gapless_fields.counters.dialects.triggers import TriggerWriter
    from gapless_fields.series.series import Series

INCREMENT = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, %s)
        ON CONFLICT ({key})
      DO UPDATE SET {last} = {table}.{last} + %s
              WHERE {table}.{last} <= %s
          RETURNING {last}
"""

INCREMENT_MANY = f"""
        INSERT INTO {{table}} ({{key}}, {{name}}, {{scope}}, {{last}})
             VALUES {{{{rows}}}}
        ON CONFLICT ({{key}})
      DO UPDATE SET {{last}} = {{table}}.{{last}} + (excluded.{{last}} - {{{{before}}}})
              WHERE {{table}}.{{last}} <= {MAX_VALUE} - (excluded.{{last}} - {{{{before}}}})
          RETURNING {{key}}, {{last}}
"""

LOCK = """
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             VALUES (%s, %s, %s, %s)
        ON CONFLICT ({key})
      DO UPDATE SET {last} = {table}.{last}
          RETURNING {last}
"""

# A WITH that writes is run exactly once, which is not certain for an expression in an UPDATE. The
# row is locked before the counter, so a row that another transaction numbers meanwhile takes
# nothing here.
NUMBER_ROW = """
               WITH due AS (
             SELECT
               FROM {{numbers.table}}
              WHERE {{numbers.condition}}
                AND {{numbers.column}} IS NULL
                FOR NO KEY UPDATE
    ), taken (gapless_number) AS (
        INSERT INTO {table} ({key}, {name}, {scope}, {last})
             SELECT %s::text, %s::text, %s::text, %s::bigint
               FROM due
        ON CONFLICT ({key})
      DO UPDATE SET {last} = {table}.{last} + 1
              WHERE {table}.{last} < %s
          RETURNING {last}
    )
             UPDATE {{numbers.table}}
                SET {{numbers.column}} = gapless_number
               FROM taken
              WHERE {{numbers.condition}}
          RETURNING gapless_number
"""

WRITE_NUMBERS = """
             UPDATE {numbers.table}
                SET {changes}
               FROM unnest({arrays}) AS written ({names})
              WHERE {condition}
                AND {numbers.column} IS NULL
"""

MOST_WRITTEN = 10_000

UNLOGGED = """
             SELECT relname
               FROM pg_catalog.pg_class AS tables
              WHERE relpersistence = 'u'
                AND pg_table_is_visible(tables.oid)
"""

# ev_type 3 is INSERT. A rule copies the expressions of the INSERT into its own statements.
WITH_INSERT_RULES = """
             SELECT relname
               FROM pg_catalog.pg_class AS tables
               JOIN pg_catalog.pg_rewrite ON ev_class = tables.oid
              WHERE ev_type = '3'
                AND ev_enabled <> 'D'
                AND pg_table_is_visible(tables.oid)
"""

# An index that CREATE INDEX CONCURRENTLY has not finished leaves out rows as well.
PARTIAL = """
             SELECT indexes.relname
               FROM pg_catalog.pg_index
               JOIN pg_catalog.pg_class AS indexes ON indexrelid = indexes.oid
               JOIN pg_catalog.pg_class AS tables ON indrelid = tables.oid
              WHERE (indpred IS NOT NULL OR NOT indisvalid)
                AND tables.relname = %s
                AND pg_table_is_visible(tables.oid)
"""

TAKING = (INCREMENT, INCREMENT_MANY, LOCK, NUMBER_ROW)
EARLY = {statement: f"{statement.rstrip()}, {SET_OFF}" for statement in TAKING}
"""The statements that take a number, with the setting that releases its lock early."""


class PostgreSQLDialect(UpsertDialect):
    INCREMENT = INCREMENT
    INCREMENT_MANY = INCREMENT_MANY
    LOCK = LOCK
    CAN_RELEASE_EARLY = True
    NEEDS_FUNCTION = True

    def _sql(self, statement: str) -> str:
        if statement in EARLY and releases_early(self.connection):
            statement = EARLY[statement]
        return super()._sql(statement)

    @contextmanager
    def nowait(self, series: Series) -> Generator[None]:
        # SELECT … FOR UPDATE NOWAIT finds no row to lock while another transaction is creating the
        # counter, and INSERT has no NOWAIT. lock_timeout (in ms; 0 means no limit) covers both.
        with transaction.atomic(using=self.connection.alias):
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('lock_timeout')")
                before = cursor.fetchone()
                cursor.execute("SET LOCAL lock_timeout = 1")
            yield
            # A rollback to the savepoint restores the setting, but releasing the savepoint does
            # not.
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", before)

    def trigger_writer(self) -> TriggerWriter | None:
        return PostgreSQLTriggers(self.connection)

    def snapshot(self) -> AbstractContextManager[None]:
        return snapshot_by(POSTGRESQL, self.connection)

    def is_lock_error(self, error: DatabaseError) -> bool:
        return sqlstate(error) == LOCK_NOT_AVAILABLE

    def next_value(self, series: Series, *, may_be_first: bool) -> NextValue:
        early = releases_early(self.connection)
        return PostgreSQLNextValue(series, may_be_first=may_be_first, early=early)

    def number_row(self, series: Series, numbers: NumberColumn, key: Sequence[Any]) -> int | None:
        if series.reset_value is not None:
            return None
        params = [*key, *self._names(series), series.initial_value, MAX_VALUE, *key]
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql(NUMBER_ROW).format(numbers=numbers), params)
            found = cursor.fetchone()
        return None if found is None else found[0]

    def write_numbers(self, numbers: NumberColumn, rows: Sequence[Sequence[Any]]) -> int:
        columns = numbers.column, *numbers.texts
        values = [f"value_{position}" for position in range(len(columns))]
        names = [f"key_{position}" for position in range(len(numbers.keys))]
        types = (numbers.type, *["text"] * len(numbers.texts), *numbers.key_types)
        sql = WRITE_NUMBERS.format(
            numbers=numbers,
            arrays=", ".join(f"%s::{kind}[]" for kind in types),
            changes=", ".join(
                f"{column} = written.{value}" for column, value in zip(columns, values, strict=True)
            ),
            names=", ".join([*values, *names]),
            condition=" AND ".join(
                f"{numbers.table}.{key} = written.{name}"
                for key, name in zip(numbers.keys, names, strict=True)
            ),
        )
        written = 0
        with self.connection.cursor() as cursor:
            for start in range(0, len(rows), MOST_WRITTEN):
                arrays = zip(*rows[start : start + MOST_WRITTEN], strict=True)
                cursor.execute(sql, [list(array) for array in arrays])
                written += cursor.rowcount
        return written

    def is_double(self, error: DatabaseError, table: str, column: str) -> bool:
        return is_double(error, column)

    def create_function(self, execute: Callable[[str], object]) -> None:
        execute(CREATE_FUNCTION)

    def drop_function(self, execute: Callable[[str], object]) -> None:
        execute(DROP_FUNCTION)

    def lacks_function(self) -> bool:
        from gapless_fields.models import Counter

        with self.connection.cursor() as cursor:
            cursor.execute(LACKS_FUNCTION, [Counter._meta.db_table, FUNCTION])
            return bool(cursor.fetchone()[0])

    def tables_with_insert_rules(self, tables: Sequence[str]) -> list[str]:
        return self._found(WITH_INSERT_RULES, tables)

    def unlogged_tables(self, tables: Sequence[str]) -> list[str]:
        return self._found(UNLOGGED, tables)

    def partial_indexes(self, table: str) -> set[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(PARTIAL, [table])
            return {name for (name,) in cursor.fetchall()}

    def _found(self, query: str, tables: Sequence[str]) -> list[str]:
        """Return which of ``tables`` are in the result of a query."""
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            found = {name for (name,) in cursor.fetchall()}
        return [table for table in tables if table in found]
