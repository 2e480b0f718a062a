"""Many processes, and sessions that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from django.db import DatabaseError, connection, connections, transaction

from gapless_fields import get_last_value
from tests.settings import SQLITE_FOLDER
from tests.testapp.models import Invoice
from tests.worker import SAVES

pytestmark = pytest.mark.django_db(transaction=True)


def start(task, seed=0):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.worker", task, str(seed)],
        env={**os.environ, "GAPLESS_TEST_FOLDER": str(SQLITE_FOLDER)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def numbers():
    return list(Invoice.objects.order_by("number").values_list("number", flat=True))


@pytest.mark.slow
def test_eight_processes_with_random_rollbacks():
    Invoice.objects.create(reference="taken")
    workers = [start("save", seed) for seed in range(8)]
    for worker in workers:
        _, errors = worker.communicate(timeout=300)
        assert worker.returncode == 0, errors
    last = len(numbers())
    assert last >= 8 * SAVES + 1
    assert numbers() == list(range(1, last + 1))
    assert get_last_value("invoices") == last
    if connection.vendor != "sqlite":  # which takes ids back too, having one writer at a time
        assert Invoice.objects.latest("pk").pk - Invoice.objects.earliest("pk").pk > last


def test_worker_killed_by_sigkill():
    assert Invoice.objects.create().number == 1
    worker = start("hold")
    assert worker.stdout.readline() == "2\n"
    assert numbers() == [1]
    worker.send_signal(signal.SIGKILL)
    worker.communicate(timeout=30)
    assert Invoice.objects.create().number == 2
    assert numbers() == [1, 2]


def test_session_killed_by_the_server(actors, rows_have_locks):
    one, _ = actors
    assert Invoice.objects.create().number == 1
    one.begin()
    assert one.do(lambda: Invoice.objects.create().number) == 2
    if connection.vendor == "postgresql":
        ((session,),) = one.execute("SELECT pg_backend_pid()")
        kill = "SELECT pg_terminate_backend(%s)"
    else:
        ((session,),) = one.execute("SELECT CONNECTION_ID()")
        kill = "KILL %s"
    with connection.cursor() as cursor:
        cursor.execute(kill, [session])
    with pytest.raises(DatabaseError):
        one.commit()
    assert Invoice.objects.create().number == 2
    assert numbers() == [1, 2]


def test_connection_lost_in_the_middle_of_a_transaction():
    with transaction.atomic():
        assert Invoice.objects.create().number == 1
        connections["default"].close()
    assert Invoice.objects.create().number == 1
    assert numbers() == [1]
