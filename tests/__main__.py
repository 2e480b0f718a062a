"""``python -m tests [--only DATABASE] [pytest's arguments]``: the whole suite on every database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests import servers

DATABASES = ("SQLite", "PostgreSQL", "MariaDB")
SKIPPED = "skipped: no server or no driver (install MariaDB's, or name a server in MARIADB_URL)"


@contextmanager
def url_of(database: str) -> Iterator[str | None]:
    if database == "SQLite":
        yield ""
    else:
        server = servers.postgresql if database == "PostgreSQL" else servers.mariadb
        with server() as url:
            yield url


def main(arguments: list[str]) -> int:
    chosen = DATABASES
    if arguments[:1] == ["--only"]:
        chosen = tuple(arguments[1].split(","))
        arguments = arguments[2:]
    outcome: dict[str, str] = {}
    failed = False
    for database in chosen:
        with url_of(database) as url:
            if url is None:
                outcome[database] = SKIPPED
                continue
            print(f"\n===== {database} =====", flush=True)
            result = subprocess.run(
                [sys.executable, "-m", "pytest", *arguments],
                env={**os.environ, "DATABASE_URL": url},
            )
            outcome[database] = "passed" if result.returncode == 0 else "FAILED"
            failed |= result.returncode != 0
    print()
    for database, what in outcome.items():
        print(f"{database}: {what}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
