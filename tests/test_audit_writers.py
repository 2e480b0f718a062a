"""An audit raises no false alarm while others write at full speed."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from gapless_fields.audit import Kind, NumberRange, audit
from gapless_fields.models import RegisterEntry
from tests.auditapp.models import Proven
from tests.settings import SQLITE_FOLDER
from tests.testapp.models import Bill, Company, CreditNote, Invoice, Receipt, Refund

pytestmark = pytest.mark.django_db(transaction=True)

# On SQLite, a block waits until one of the writers happens to pause.
ROUNDS = 2 if connection.vendor == "sqlite" else 12


def start(task, seed):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.worker", task, str(seed)],
        env={**os.environ, "GAPLESS_TEST_FOLDER": str(SQLITE_FOLDER)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_processes_that_save_and_issue():
    Invoice.objects.create(reference="taken")
    companies = [Company.objects.create(name=name) for name in "abc"]
    for model in (Bill, CreditNote):
        model.objects.bulk_create([model(company=company) for company in companies * 60])
    workers = [start("save", seed) for seed in range(2)] + [
        start("issue", seed) for seed in range(2)
    ]
    audits = 0
    while any(worker.poll() is None for worker in workers):
        audit(Invoice, Bill).raise_for_faults()
        with transaction.atomic():
            audit(Invoice, Bill).raise_for_faults()
        audits += 2
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
    audit(Invoice, Bill).raise_for_faults()
    assert audits >= 4


@contextmanager
def writing(*steps):
    """Repeat each step in a thread of its own inside the block."""
    stop = threading.Event()
    errors = []

    def work(step):
        try:
            for turn in itertools.count():
                if stop.is_set():
                    break
                with transaction.atomic():
                    step(turn)
        except Exception as error:  # noqa: BLE001 (it is raised below)
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []


def save(turn):
    """In two tables in turn, and in a new series now and then."""
    (Receipt if turn % 2 else Refund).objects.create()
    Proven.objects.create(company=turn // 5, year=2026)


def void(turn):
    """Delete a row and void its number, in one transaction."""
    row = Invoice.objects.create()
    if turn % 2:
        row = Invoice.objects.order_by("?").first()
        Invoice.objects.filter(pk=row.pk)._raw_delete("default")
        RegisterEntry.objects.create(
            kind="void",
            key="invoices",
            name="invoices",
            first=row.number,
            last=row.number,
            reason="cancelled",
        )


def test_threads_that_save_and_void():
    with writing(save, void):
        for _ in range(ROUNDS):
            audit(Receipt, Proven, Invoice).raise_for_faults()
            with transaction.atomic():
                audit(Receipt, Proven, Invoice).raise_for_faults()
    audit(Receipt, Proven, Invoice).raise_for_faults()
    (shared,) = audit(Receipt)
    assert shared.rows == shared.last == shared.counter


def test_a_fault_is_found_while_others_write():
    rows = [Receipt.objects.create() for _ in range(5)]
    Receipt.objects.filter(pk=rows[2].pk)._raw_delete("default")
    with writing(save):
        for _ in range(ROUNDS):
            (report,) = audit(Receipt)
            assert report.missing == (NumberRange(3, 3),)
            with transaction.atomic():
                (report,) = audit(Receipt)
                assert report.missing == (NumberRange(3, 3),)


def test_all_queries_see_the_same_rows(actors, monkeypatch):
    """Another session deletes rows and gives numbers after the counters were read."""
    from gapless_fields.audit import reading

    if connection.vendor == "sqlite":
        pytest.skip("a writer waits until the audit has read its rows")
    rows = [Receipt.objects.create() for _ in range(5)]
    one, _two = actors
    read = reading.read_books

    def read_books(*arguments):
        books = read(*arguments)
        one.execute(f"DELETE FROM {Receipt._meta.db_table} WHERE id = %s", rows[1].pk)
        one.do(lambda: Refund.objects.create())
        return books

    monkeypatch.setattr(reading, "read_books", read_books)
    (report,) = audit(Receipt)
    assert (report.findings, report.rows, report.counter) == ((), 5, 5)
    monkeypatch.undo()
    ((_, fault),) = audit(Receipt).faults
    assert (fault.kind, fault.numbers) == (Kind.MISSING, NumberRange(2, 2))


def test_writers_do_not_wait(actors):
    """The audit holds its snapshot, and another session commits (SQLite: begins a transaction)."""
    one, _two = actors
    Receipt.objects.create()

    def write(line):
        one.begin()
        one.do(Receipt.objects.create)
        if connection.vendor == "sqlite":
            one.rollback()
        else:
            one.commit()

    report = audit(Receipt).run(progress=write)
    assert report.is_complete
