"""Triggers of PostgreSQL, each with a function of its own."""

from __future__ import annotations

from gapless_fields.counters.dialects.protected import Protected
from gapless_fields.counters.dialects.trigger_names import literal, trigger_name
from gapless_fields.counters.dialects.triggers import EXEMPTIONS, Trigger, TriggerWriter

ENCODED = """
(SELECT CASE WHEN {text} IS NULL THEN NULL ELSE COALESCE(STRING_AGG(CASE
            WHEN byte BETWEEN 97 AND 122 OR byte BETWEEN 48 AND 57 OR byte IN (95, 45, 46)
            THEN CHR(byte)
            WHEN byte BETWEEN 65 AND 90 THEN '^' || CHR(byte + 32)
            ELSE '=' || LPAD(TO_HEX(byte), 2, '0')
        END, '' ORDER BY place), '') END
   FROM (SELECT place, GET_BYTE(CONVERT_TO({text}, 'UTF8'), place) AS byte
           FROM GENERATE_SERIES(0, OCTET_LENGTH(CONVERT_TO({text}, 'UTF8')) - 1) AS place) AS bytes)
"""

# A function outlives the table, and with it the trigger, that called it.
ORPHANS = """
SELECT oid::regprocedure::text
  FROM pg_catalog.pg_proc AS functions
 WHERE prorettype = 'trigger'::regtype
   AND pronamespace = current_schema()::regnamespace
   AND prosrc LIKE %s
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgfoid = functions.oid)
"""

# The triggers of a statement are those of the table that it names: a row that is inserted into a
# partition, or that is moved to one, would pass those of the partitioned table.
PARTS = """
SELECT 1 FROM pg_catalog.pg_inherits
 WHERE to_regclass(%s) IN (inhrelid, inhparent)
 UNION ALL
SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass(%s) AND relkind = 'p'
"""

BY_STATEMENT = "REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT"


class PostgreSQLTriggers(TriggerWriter):
    """Writes triggers of PostgreSQL."""

    EVENTS = ("insert", "update", "delete", "truncate")

    def trigger(self, event: str, protected: Protected) -> Trigger:
        by_statement = event == "insert" and not self._has_parts(protected.table)
        if by_statement:
            refused = self._inserted(protected)
        else:
            refused = list(self.refused(event, protected))
        refusals = [
            f"IF {condition} AND NOT {self.is_exempt(protected)} THEN "
            f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', "
            f"MESSAGE = {literal(text)}, CONSTRAINT = {literal(protected.name)}, "
            f"TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA; END IF;"
            for condition, text in refused
        ]
        if event == "truncate":
            refusals = [self._truncate(protected)]
        result = {"delete": "OLD", "truncate": "NULL"}.get(event, "NEW")
        body = f"BEGIN {' '.join(refusals)} RETURN {result}; END"
        when = BY_STATEMENT if by_statement else self._when(event, protected)
        name = trigger_name(protected.name, protected.column, event, body + when)
        quoted = self.quote(name)
        moment = "AFTER" if by_statement else "BEFORE"
        return Trigger(
            name,
            f"CREATE OR REPLACE TRIGGER {quoted} {moment} {event.upper()} ON",
            f"{when} EXECUTE FUNCTION {quoted}()",
            f"CREATE OR REPLACE FUNCTION {quoted}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$trigger$ {body} $trigger$",
        )

    def _has_parts(self, table: str) -> bool:
        """Return whether rows may be inserted into a table under the name of another."""
        with self.connection.cursor() as cursor:
            cursor.execute(PARTS, [self.quote(table)] * 2)
            return bool(cursor.fetchone())

    def _inserted(self, protected: Protected) -> list[tuple[str, str]]:
        """Return the condition that a statement has inserted numbers that were not given.

        It is asked once for each series of a statement. Asked for each row, it doubled the time of
        an INSERT of 1,000 rows; like this, it adds 7 %.
        """
        key = self.counter_key(protected, "inserted")
        if key is None:
            return []
        number = protected.column
        rows = f"SELECT {key} AS key, {number} AS number FROM inserted WHERE {number} IS NOT NULL"
        highest = f"SELECT key, MAX(number) AS number FROM ({rows}) AS numbers GROUP BY key"
        unissued = self.is_above_counter("series.key", "series.number")
        text = f"{protected.label}: the sequence has not given this number to the row"
        return [(f"EXISTS (SELECT 1 FROM ({highest}) AS series WHERE {unissued})", text)]

    def _when(self, event: str, protected: Protected) -> str:
        """Return when the function is called at all, which costs more than the condition."""
        if event == "truncate":
            return "FOR EACH STATEMENT"
        if event == "update" and not protected.is_append_only:
            # The whole row: the type of a column that a trigger names cannot be altered. By its
            # bytes, because not every type has an equality: json has none.
            return "FOR EACH ROW WHEN (OLD.* *<> NEW.*)"
        return "FOR EACH ROW"

    def _truncate(self, protected: Protected) -> str:
        text = f"{protected.label}: the table holds numbers; see unprotected()"
        return (
            f"IF NOT {self.is_exempt(protected)} THEN RAISE EXCEPTION USING "
            f"ERRCODE = 'integrity_constraint_violation', MESSAGE = {literal(text)}, "
            f"CONSTRAINT = {literal(protected.name)}; END IF;"
        )

    def existing(self, table: str) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname FROM pg_catalog.pg_trigger "
                "WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal",
                [self.quote(table)],
            )
            return [name for (name,) in cursor.fetchall()]

    def drop(self, name: str, table: str) -> list[str]:
        quoted = self.quote(name)
        return [
            f"DROP TRIGGER IF EXISTS {quoted} ON {self.quote(table)}",
            f"DROP FUNCTION IF EXISTS {quoted}()",
        ]

    def drop_orphans(self) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(ORPHANS, [f"%{EXEMPTIONS}%"])
            return [f"DROP FUNCTION {name}" for (name,) in cursor.fetchall()]

    def as_text(self, sql: str) -> str:
        return f"CAST({sql} AS text)"

    def boolean_as_text(self, sql: str) -> str:
        return f"CAST(CAST({sql} AS integer) AS text)"

    def date_as_text(self, sql: str) -> str:
        return f"TO_CHAR({sql}, 'YYYY-MM-DD')"

    def exact(self, sql: str) -> str:
        return f"CONVERT_TO(CAST({sql} AS text), 'UTF8')"

    def differs(self, one: str, other: str) -> str:
        return f"{one} IS DISTINCT FROM {other}"

    def concat(self, *texts: str) -> str:
        return f"({' || '.join(texts)})"

    def encoded(self, sql: str) -> str:
        return " ".join(ENCODED.replace("{text}", f"CAST({sql} AS text)").split())
