"""The SQL function that takes a number inside an INSERT, on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from gapless_fields.counters.dialects.next_value import FUNCTION, Fault, NextValue
from gapless_fields.counters.early_release import SET_OFF

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from gapless_fields.series.series import Series

LOCK_NOT_AVAILABLE = "55P03"
UNDEFINED_FUNCTION = "42883"
UNIQUE_VIOLATION = "23505"
# Not in any class of the SQL standard or of PostgreSQL.
EXHAUSTED = "GAP01"
FIRST_USE = "GAP02"

# The types of the arguments are given. Otherwise PostgreSQL might choose a function of that name
# for other types, made by somebody else, and call that with the application's rights.
CALL = f"{FUNCTION}(%s::text, %s::text, %s::text, %s::bigint, %s::bigint, %s::boolean)"
# CASE evaluates its condition in any case. AND might not.
EARLY_CALL = CALL.replace("%s::boolean", f"CASE WHEN {SET_OFF} = 'off' THEN %s::boolean END")

FIRST_USE_SETTING = "gapless_fields.first_use"
"""Tells this transaction whether the first number of a series was also its first use."""

# ON CONFLICT always finds the counter by the unique index. (An UPDATE is planned, and for a table
# of a few rows, the plan is to read all of it, including dead versions.) Tables are named without a
# schema, so that the caller's search_path decides.
CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}(
    series_key text, sequence_name text, scope_text text,
    first_number bigint, reset_number bigint, may_be_first boolean
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    before bigint;
    number bigint;
    is_first_use boolean;
BEGIN
    IF reset_number IS NULL THEN
        INSERT INTO gapless_fields_counter AS counter ("key", "name", "scope", "last")
             VALUES (series_key, sequence_name, scope_text, first_number)
        ON CONFLICT ("key")
      DO UPDATE SET "last" = counter."last" + 1
              WHERE counter."last" < 9223372036854775807
          RETURNING counter."last" INTO number;
        IF number IS NULL THEN
            RAISE EXCEPTION 'The series % has no number left.', series_key
                USING ERRCODE = '{EXHAUSTED}';
        END IF;
    ELSE
        INSERT INTO gapless_fields_counter AS counter ("key", "name", "scope", "last")
             VALUES (series_key, sequence_name, scope_text, -1)
        ON CONFLICT ("key")
      DO UPDATE SET "last" = counter."last"
          RETURNING counter."last" INTO before;
        number := CASE WHEN before >= first_number AND before < reset_number - 1
                       THEN before + 1 ELSE first_number END;
        INSERT INTO gapless_fields_counter AS counter ("key", "name", "scope", "last")
             VALUES (series_key, sequence_name, scope_text, number)
        ON CONFLICT ("key")
      DO UPDATE SET "last" = number;
    END IF;
    IF number = first_number THEN
        is_first_use := reset_number IS NULL OR before = -1;
        IF is_first_use AND NOT may_be_first THEN
            RAISE EXCEPTION 'The series % is used for the first time.', series_key
                USING ERRCODE = '{FIRST_USE}';
        END IF;
        PERFORM set_config('{FIRST_USE_SETTING}', is_first_use::text, true);
    END IF;
    RETURN number;
END
$function$
"""

# Only in the schema that CREATE TABLE and CREATE FUNCTION would use: the search_path may also lead
# to another tenant's schema.
DROP_FUNCTION = f"""
DO $block$
BEGIN
    EXECUTE format(
        'DROP FUNCTION IF EXISTS %I.{FUNCTION}(text, text, text, bigint, bigint, boolean)',
        current_schema()
    );
END
$block$
"""

WAS_FIRST_USE = f"""
SELECT current_setting('{FIRST_USE_SETTING}') = 'true'
"""

# Whether the current schema has the table without its function.
LACKS_FUNCTION = """
SELECT EXISTS (
           SELECT FROM pg_catalog.pg_class
                 WHERE relname = %s AND relnamespace = current_schema()::regnamespace
       ) AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_proc
                 WHERE proname = %s AND pronamespace = current_schema()::regnamespace
       )
"""


class PostgreSQLNextValue(NextValue):
    """As its parent; ``early`` is whether the counter is released early."""

    CALL = CALL

    def __init__(self, series: Series, *, may_be_first: bool, early: bool) -> None:
        super().__init__(series, may_be_first=may_be_first)
        self.early = early

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        return EARLY_CALL if self.early else CALL, self.params

    def fault(self, error: DatabaseError, connection: BaseDatabaseWrapper) -> Fault | None:
        state = sqlstate(error)
        if state == UNDEFINED_FUNCTION:
            return Fault.MISSING if FUNCTION in str(error) else None
        if state == LOCK_NOT_AVAILABLE:
            # Or it is a lock that the rest of the INSERT has waited for.
            diagnosis = getattr(error.__cause__, "diag", None)
            context = getattr(diagnosis, "context", None) or ""
            return Fault.LOCKED if FUNCTION in context else None
        return {EXHAUSTED: Fault.EXHAUSTED, FIRST_USE: Fault.FIRST_USE}.get(state)

    def was_first_use(self, connection: BaseDatabaseWrapper) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAS_FIRST_USE)
            return bool(cursor.fetchone()[0])


def is_double(error: DatabaseError, column: str) -> bool:
    """Return whether a unique index that covers the column has refused a row."""
    if sqlstate(error) != UNIQUE_VIOLATION:
        return False
    # Same in all languages: … (company_id, EXTRACT(year FROM issued_on), number)=(1, 2026, 7) …
    diagnosis = getattr(error.__cause__, "diag", None)
    detail = getattr(diagnosis, "message_detail", None) or ""
    columns, found, _values = detail.partition(")=(")
    names = columns.partition("(")[2].split(", ")
    return bool(found) and column in [name.strip('"') for name in names]


def sqlstate(error: DatabaseError) -> str:
    """Return the database's error code, called sqlstate by psycopg 3 and pgcode by psycopg2."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
