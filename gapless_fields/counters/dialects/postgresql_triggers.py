"""Triggers of PostgreSQL, each with a function of its own."""

from __future__ import annotations

from gapless_fields.counters.dialects.trigger_names import literal, trigger_name
from gapless_fields.counters.dialects.triggers import (
    EXEMPTIONS,
    Protected,
    Trigger,
    TriggerWriter,
)

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


class PostgreSQLTriggers(TriggerWriter):
    """Writes triggers of PostgreSQL."""

    EVENTS = ("insert", "update", "delete", "truncate")

    def trigger(self, event: str, protected: Protected) -> Trigger:
        refusals = [
            f"IF {condition} AND NOT {self.is_exempt()} THEN "
            f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', "
            f"MESSAGE = {literal(text)}, CONSTRAINT = {literal(protected.name)}, "
            f"TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA; END IF;"
            for condition, text in self.refused(event, protected)
        ]
        if event == "truncate":
            refusals = [self._truncate(protected)]
        result = {"delete": "OLD", "truncate": "NULL"}.get(event, "NEW")
        body = f"BEGIN {' '.join(refusals)} RETURN {result}; END"
        when = self._when(event, protected)
        name = trigger_name(protected.name, protected.column, event, body + when)
        quoted = self.quote(name)
        return Trigger(
            name,
            f"CREATE OR REPLACE TRIGGER {quoted} BEFORE {event.upper()} ON",
            f"{when} EXECUTE FUNCTION {quoted}()",
            f"CREATE OR REPLACE FUNCTION {quoted}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$trigger$ {body} $trigger$",
        )

    def _when(self, event: str, protected: Protected) -> str:
        """Return when the function is called at all, which costs more than the condition."""
        number = protected.column
        if event == "truncate":
            return "FOR EACH STATEMENT"
        if protected.is_append_only:
            return "FOR EACH ROW"
        if event == "insert":
            return f"FOR EACH ROW WHEN (NEW.{number} IS NOT NULL)"
        if event == "delete":
            return f"FOR EACH ROW WHEN (OLD.{number} IS NOT NULL)"
        # The whole row: the type of a column that a trigger names cannot be altered. By its bytes,
        # because not every type has an equality: json has none.
        return "FOR EACH ROW WHEN (OLD.* *<> NEW.*)"

    def _truncate(self, protected: Protected) -> str:
        text = f"{protected.label}: the table holds numbers; see unprotected()"
        return (
            f"IF NOT {self.is_exempt()} THEN RAISE EXCEPTION USING "
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
