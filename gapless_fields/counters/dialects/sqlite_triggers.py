"""Triggers of SQLite: one condition each, which may hold any subquery."""

from __future__ import annotations

import re

from gapless_fields.counters.dialects.protected import Protected
from gapless_fields.counters.dialects.trigger_names import literal, trigger_name
from gapless_fields.counters.dialects.triggers import Trigger, TriggerWriter

# The bytes of the text, one after the other.
ENCODED = """
(WITH RECURSIVE encoded (place, code, bytes) AS (
     SELECT 1, '', CAST({text} AS BLOB) WHERE {text} IS NOT NULL
      UNION ALL
     SELECT place + 1,
            code || CASE
                WHEN HEX(SUBSTR(bytes, place, 1)) BETWEEN '61' AND '7A'
                  OR HEX(SUBSTR(bytes, place, 1)) BETWEEN '30' AND '39'
                  OR HEX(SUBSTR(bytes, place, 1)) IN ('5F', '2D', '2E')
                THEN CAST(SUBSTR(bytes, place, 1) AS TEXT)
                WHEN HEX(SUBSTR(bytes, place, 1)) BETWEEN '41' AND '5A'
                THEN '^' || LOWER(CAST(SUBSTR(bytes, place, 1) AS TEXT))
                ELSE '=' || LOWER(HEX(SUBSTR(bytes, place, 1)))
            END,
            bytes
       FROM encoded
      WHERE place <= LENGTH(bytes)
 )
 SELECT code FROM encoded ORDER BY place DESC LIMIT 1)
"""

# What Django computes by functions in Python, which only its own connections have.
_EXTRACT = re.compile(r"django_date_extract\('(year|month|day)', (\{row\}\.\"(?:[^\"]|\"\")+\")\)")
_CODES = {"year": "%Y", "month": "%m", "day": "%d"}


class SQLiteTriggers(TriggerWriter):
    """Writes triggers of SQLite."""

    def trigger(self, event: str, protected: Protected) -> Trigger:
        refusals = [
            f"WHEN {condition} THEN RAISE(ABORT, {literal(text)})"
            for condition, text in self.refused(event, protected)
        ]
        cases = f"SELECT CASE {' '.join(refusals)} END" if refusals else "SELECT 1"
        body = f"FOR EACH ROW WHEN NOT {self.is_exempt(protected)} BEGIN {cases}; END"
        name = trigger_name(protected.name, protected.column, event, body)
        return Trigger(name, f"CREATE TRIGGER {self.quote(name)} BEFORE {event.upper()} ON", body)

    def existing(self, table: str) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
            )
            return [name for (name,) in cursor.fetchall()]

    def drop(self, name: str, table: str) -> list[str]:
        return [f"DROP TRIGGER IF EXISTS {self.quote(name)}"]

    def as_text(self, sql: str) -> str:
        return f"CAST({sql} AS TEXT)"

    def exact(self, sql: str) -> str:
        return f"CAST({sql} AS BLOB)"

    def differs(self, one: str, other: str) -> str:
        return f"{one} IS NOT {other}"

    def concat(self, *texts: str) -> str:
        return f"({' || '.join(texts)})"

    def encoded(self, sql: str) -> str:
        return " ".join(ENCODED.replace("{text}", sql).split())

    def native(self, sql: str) -> str:
        return _EXTRACT.sub(
            lambda match: f"CAST(STRFTIME('{_CODES[match[1]]}', {match[2]}) AS INTEGER)", sql
        )

    def can_evaluate(self, sql: str) -> bool:
        return "django_" not in sql
