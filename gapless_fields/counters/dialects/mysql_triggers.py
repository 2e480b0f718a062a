"""Triggers of MariaDB and MySQL."""

from __future__ import annotations

from gapless_fields.counters.dialects.protected import Protected
from gapless_fields.counters.dialects.trigger_names import literal, trigger_name
from gapless_fields.counters.dialects.triggers import Trigger, TriggerWriter

MOST_OF_A_MESSAGE = 128

# Django takes this one for an IntegrityError: a CHECK constraint of MariaDB.
CONSTRAINT_FAILED = 4025

ENCODED = """
(WITH RECURSIVE places (place) AS (
     SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < LEAST(LENGTH({text}), 300)
 )
 SELECT CASE WHEN {text} IS NULL THEN NULL WHEN LENGTH({text}) = 0 THEN '' ELSE
        GROUP_CONCAT(CASE
            WHEN HEX(SUBSTR({bytes}, place, 1)) BETWEEN '61' AND '7A'
              OR HEX(SUBSTR({bytes}, place, 1)) BETWEEN '30' AND '39'
              OR HEX(SUBSTR({bytes}, place, 1)) IN ('5F', '2D', '2E')
            THEN CONVERT(SUBSTR({bytes}, place, 1) USING utf8mb4)
            WHEN HEX(SUBSTR({bytes}, place, 1)) BETWEEN '41' AND '5A'
            THEN CONCAT('^', LOWER(CONVERT(SUBSTR({bytes}, place, 1) USING utf8mb4)))
            ELSE CONCAT('=', LOWER(HEX(SUBSTR({bytes}, place, 1))))
        END ORDER BY place SEPARATOR '') END
   FROM places)
"""

# 'shop'@'%', as the tables of rights call the user.
GRANTEE = (
    "CONCAT(CHAR(39), REPLACE(CURRENT_USER(), '@', CONCAT(CHAR(39), '@', CHAR(39))), CHAR(39))"
)

# Without the right TRIGGER, the list of triggers is empty.
MAY_SEE_TRIGGERS = f"""
SELECT EXISTS (
       SELECT 1 FROM information_schema.user_privileges
        WHERE privilege_type IN ('TRIGGER', 'SUPER')
          AND grantee = {GRANTEE}
       ) OR EXISTS (
       SELECT 1 FROM information_schema.schema_privileges
        WHERE privilege_type = 'TRIGGER'
          AND DATABASE() LIKE table_schema
          AND grantee = {GRANTEE}
       )
"""


class MySQLTriggers(TriggerWriter):
    """Writes triggers of MariaDB and MySQL."""

    def trigger(self, event: str, protected: Protected) -> Trigger:
        refusals = [
            f"IF {condition} AND NOT {self.is_exempt(protected)} THEN SIGNAL SQLSTATE '23000' "
            f"SET MYSQL_ERRNO = {CONSTRAINT_FAILED}, "
            f"MESSAGE_TEXT = {literal(text[:MOST_OF_A_MESSAGE])}; END IF;"
            for condition, text in self.refused(event, protected)
        ]
        body = f"FOR EACH ROW BEGIN {' '.join(refusals)} END"
        name = trigger_name(protected.name, protected.column, event, body)
        return Trigger(name, f"CREATE TRIGGER {self.quote(name)} BEFORE {event.upper()} ON", body)

    def existing(self, table: str) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT trigger_name FROM information_schema.triggers "
                "WHERE event_object_schema = DATABASE() AND event_object_table = %s",
                [table],
            )
            return [name for (name,) in cursor.fetchall()]

    def can_see_triggers(self) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute(MAY_SEE_TRIGGERS)
            return bool(cursor.fetchone()[0])

    def drop(self, name: str, table: str) -> list[str]:
        return [f"DROP TRIGGER IF EXISTS {self.quote(name)}"]

    def as_text(self, sql: str) -> str:
        return f"CAST({sql} AS CHAR CHARACTER SET utf8mb4)"

    def exact(self, sql: str) -> str:
        return f"CAST(CONVERT({sql} USING utf8mb4) AS BINARY)"

    def differs(self, one: str, other: str) -> str:
        return f"NOT ({one} <=> {other})"

    def concat(self, *texts: str) -> str:
        return f"CONCAT({', '.join(texts)})"

    def encoded(self, sql: str) -> str:
        exact = self.exact(sql)
        return " ".join(ENCODED.replace("{bytes}", exact).replace("{text}", exact).split())
