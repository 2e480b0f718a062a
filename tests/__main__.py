"""``python -m tests``: the whole suite on every database, on two of them at once."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from tests import servers

# The URL of each one's server, or None where there is none.
DATABASES: dict[str, Callable[[], AbstractContextManager[str | None]]] = {
    "SQLite": lambda: nullcontext(""),
    "PostgreSQL": servers.postgresql,
    "MariaDB": servers.mariadb,
    "MySQL": servers.mysql,
}
SKIPPED = {
    "MariaDB": "no server or no driver (install MariaDB's, or name a server in MARIADB_URL)",
    "MySQL": "no server or no driver (name a server in MYSQL_URL: mysql://root@127.0.0.1/mysql)",
}
HELP = """\
Every other argument is pytest's. One test on one database:

  python -m tests --only PostgreSQL tests/test_gate.py::test_signatures

The tests run in another order each time. An order again, by the seed that the run has printed:

  python -m tests --only SQLite --randomly-seed=1234
"""


def databases(names: str) -> list[str]:
    chosen = names.split(",")
    if unknown := [name for name in chosen if name not in DATABASES]:
        raise ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(DATABASES)}")
    return chosen


def python(*arguments: str, output: IO[bytes] | None = None, **environment: str) -> int:
    """The exit status of ``python -m`` with these arguments."""
    command = [sys.executable, "-m", *arguments]
    environment = {**os.environ, **environment}
    stderr = None if output is None else subprocess.STDOUT
    return subprocess.run(command, env=environment, stdout=output, stderr=stderr).returncode


def run_on(database: str, run: list[str], whole: bool) -> str:
    """Run the tests on a database, print what they say, and return the outcome.

    Args:
        database: the name of the database.
        run: the command.
        whole: whether to keep what they say until they have ended.
    """
    with DATABASES[database]() as url, TemporaryFile() as file:
        if url is None:
            return f"skipped: {SKIPPED[database]}"
        if whole:
            print(
                f"{database}: started; what the tests say follows when they have ended", flush=True
            )
        else:
            print(f"\n===== {database} =====", flush=True)
        status = python(*run, output=file if whole else None, DATABASE_URL=url)
        if whole:
            file.seek(0)
            text = file.read().decode(errors="replace")
            print(f"\n===== {database} =====\n{text}", flush=True)
        return "passed" if status == 0 else "FAILED"


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(
        usage="python -m tests [--only DATABASES] [--coverage] [pytest's arguments]",
        description="The whole suite on every database.",
        epilog=HELP,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--only", type=databases, metavar="DATABASES", help=f"some of {','.join(DATABASES)}"
    )
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="report what no test runs; without --only, less than the floor is a failure",
    )
    options, rest = parser.parse_known_args(arguments)
    run = ["pytest", *rest]
    if options.coverage:
        run = ["coverage", "run", "-m", *run]
        python("coverage", "erase")
    names = options.only or list(DATABASES)
    jobs = 1 if len(names) == 1 else min(os.cpu_count() or 1, 2)
    with ThreadPoolExecutor(jobs) as threads:
        outcomes = threads.map(partial(run_on, run=run, whole=jobs > 1), names)
        outcome = dict(zip(names, outcomes, strict=True))
    failed = "FAILED" in outcome.values()
    print(flush=True)
    if options.coverage:
        python("coverage", "combine", "--quiet")
        # The floor is that of all databases together.
        failed |= python("coverage", "report", *(["--fail-under=0"] if options.only else [])) != 0
        print(flush=True)
    for database, what in outcome.items():
        print(f"{database}: {what}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
