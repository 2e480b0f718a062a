"""``python -m tests.benchmarks``: every side in one run, on every database; tables, JSON, a plot.

With the names of databases, or letters of cases, only those.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from tests.__main__ import DATABASES as DATABASES_OF_TESTS
from tests.__main__ import SKIPPED
from tests.benchmarks import callsites, report
from tests.benchmarks.comparison import Plan
from tests.servers import mariadb

FLUSH = "--innodb-flush-log-at-trx-commit=1"

DATABASES = {
    "SQLite": "aeh",
    "MariaDB": "abcdefh",
    "MariaDB with a disk": "i",
    "MariaDB with a disk and a binary log": "i",
    "PostgreSQL": "abcdefghij",
}
"""Which cases say something about a database: SQLite has one writer, and old snapshots cost
PostgreSQL alone."""

SERVERS = {
    **DATABASES_OF_TESTS,
    "MariaDB with a disk": partial(mariadb, FLUSH),
    "MariaDB with a disk and a binary log": partial(
        mariadb, FLUSH, "--log-bin=binlog", "--sync-binlog=1"
    ),
}


def measure(database: str, letters: str, plan: Plan) -> dict[str, Any]:
    """Run cases on the database of this process."""
    from tests.benchmarks.writers import setup

    setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.benchmarks.cases import CASES, TITLES
    from tests.benchmarks.sides import prepare

    connection.creation.create_test_db(verbosity=0, serialize=False)
    call_command("migrate", run_syncdb=True, verbosity=0)
    prepare()
    comparisons = []
    try:
        for letter in letters:
            print(f"\n### {database}: {TITLES[letter]}\n", file=sys.stderr, flush=True)
            found = [comparison.as_json() for comparison in CASES[letter](plan)]
            print("\n".join(report.table(found)), file=sys.stderr, flush=True)
            comparisons += found
        version = ".".join(map(str, connection.get_database_version()))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    return {"database": f"{database} {version}", "comparisons": comparisons}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", help="SQLite, PostgreSQL, MariaDB, a, b, …")
    parser.add_argument("--quick", action="store_true", help="see that all of it runs")
    parser.add_argument("--json", type=Path, help="where to write the figures; otherwise stdout")
    parser.add_argument("--plot", type=Path, help="where to draw throughput (SVG)")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    options = parser.parse_args()
    letters = "".join(name for name in options.only if len(name) == 1) or "abcdefghij"
    plan = Plan(rounds=2, seconds=0.1, scale=100) if options.quick else Plan()
    if options.here:
        wanted = "".join(letter for letter in DATABASES[options.here] if letter in letters)
        json.dump(measure(options.here, wanted, plan), sys.stdout)
        return
    results = []
    for database in [name for name in DATABASES if name.split()[0] in options.only] or DATABASES:
        if not set(DATABASES[database]).intersection(letters):
            continue
        with SERVERS[database]() as url, tempfile.TemporaryDirectory() as folder:
            if url is None:
                print(f"{database}: {SKIPPED[database.split()[0]]}", file=sys.stderr)
                continue
            process = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks", *sys.argv[1:], "--here", database],
                env={**os.environ, "DATABASE_URL": url, "BENCHMARKS_FOLDER": folder},
                stdout=subprocess.PIPE,
                check=True,
            )
            results.append(json.loads(process.stdout))
    figures: dict[str, Any] = {"python": platform.python_version(), "cores": os.cpu_count()}
    if not options.only:
        figures["check"] = callsites.main(scale=plan.scale)
    text = json.dumps({**figures, "results": results}, indent=2)
    if options.json:
        options.json.write_text(text + "\n")
    else:
        print(text)
    if options.plot:
        for result in results:
            if result["database"].startswith("PostgreSQL"):
                report.plot(result["comparisons"], result["database"], options.plot)


if __name__ == "__main__":
    main()
