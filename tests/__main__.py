"""``python -m tests [--only DATABASE] [pytest's arguments]``: the whole suite on every database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

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


def main(arguments: list[str]) -> int:
    chosen = list(DATABASES)
    if arguments[:1] == ["--only"]:
        chosen = arguments[1].split(",")
        arguments = arguments[2:]
    outcome: dict[str, str] = {}
    failed = False
    for database in chosen:
        with DATABASES[database]() as url:
            if url is None:
                outcome[database] = f"skipped: {SKIPPED[database]}"
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
