"""Case j: an audit of a long history."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import connection

from gapless_fields.audit import audit
from tests.benchmarks import models
from tests.benchmarks.comparison import Comparison, Plan, compare

ROWS = 10_000_000
SERIES = 1_000
GAPS = 100

AUDIT, GROUP_BY = "audit()", "GROUP BY"

# In the order in which a project writes them: the series in turn.
FILL = """
    INSERT INTO {table} (note, company, number)
         SELECT '', n %% %s + 1, n / %s + 1
           FROM generate_series(0, %s - 1) AS n
"""

COUNTERS = """
    INSERT INTO gapless_fields_counter (key, name, scope, last)
         SELECT 'by_company/' || company, 'by_company', '["' || company || '"]', max(number)
           FROM {table}
       GROUP BY company
    ON CONFLICT (key) DO UPDATE SET last = excluded.last
"""

DAMAGE = "DELETE FROM {table} WHERE company <= %s AND number = %s"

COUNT = "SELECT company, count(*), min(number), max(number) FROM {table} GROUP BY company"


def execute(sql: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=models.GaplessByCompany._meta.db_table), params or None)
        if cursor.description:
            cursor.fetchall()


def audits(plan: Plan) -> Iterator[Comparison]:
    """j. An audit of 1,000 series, beside the plainest query that reads every row."""
    rows = ROWS // plan.scale
    (constraint,) = models.GaplessByCompany._meta.constraints
    execute("TRUNCATE {table}")
    execute("DELETE FROM gapless_fields_counter WHERE name = 'by_company'")
    with connection.schema_editor() as editor:
        editor.remove_constraint(models.GaplessByCompany, constraint)
    execute(FILL, SERIES, SERIES, rows)
    with connection.schema_editor() as editor:
        editor.add_constraint(models.GaplessByCompany, constraint)
    execute(COUNTERS)
    execute("VACUUM ANALYZE {table}")

    def measure(side: str, gaps: int) -> float:
        start = time.perf_counter()
        if side == GROUP_BY:
            execute(COUNT)
        else:
            report = audit(models.GaplessByCompany)
            assert (len(report), len(report.missing)) == (SERIES, gaps)
        return (time.perf_counter() - start) * 1000

    for gaps in (0, GAPS):
        if gaps:
            execute(DAMAGE, gaps, rows // SERIES // 2)
        yield compare(
            "j",
            f"{rows:,} rows, {gaps or 'no'} gaps",
            "ms",
            [GROUP_BY, AUDIT],
            lambda side, gaps=gaps: measure(side, gaps),
            plan.rounds,
        )
