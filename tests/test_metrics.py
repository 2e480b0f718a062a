"""What ``observe()`` reports, and when."""

from __future__ import annotations

import datetime
import logging
import re
import unittest
from time import perf_counter, sleep

import pytest
from django.db import connection, transaction
from django.test import TestCase

from gapless_fields import accept_numbers, assign_numbers, deferred_numbering, metrics
from gapless_fields.functions import get_next_value, get_next_values
from gapless_fields.metrics import NumbersTaken, observe
from gapless_fields.sequences import Sequence
from tests.actors import WAITS
from tests.auditapp.models import Annal, Proven
from tests.doc_blocks import blocks, section
from tests.raw import raw_update
from tests.testapp.models import Forward, Invoice, Job, Legacy, Letter, Plain, Shipment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seen():
    """What is reported, and whether it is after the transaction."""
    found = []

    def record(taken):
        assert not connection.in_atomic_block
        assert connection.get_autocommit()
        found.append(taken)

    observe(record)
    yield found
    observe(None)


def numbers(found):
    return [(taken.sequence, taken.scope, taken.count) for taken in found]


def draft():
    row = Shipment.objects.create(weight=1)
    row.status = "sent"
    row.save()


def deferred(*rows):
    with deferred_numbering():
        Legacy.objects.bulk_create(rows)


def assigned():
    raw_update(Shipment.objects, status="sent")
    assign_numbers(Shipment.objects.all())


WAYS = {
    "insert": (Invoice.objects.create, "invoices", 1),
    "multi_table": (lambda: Letter.objects.create(text="x"), "documents", 1),
    "bulk": (lambda: Invoice.objects.bulk_create([Invoice(), Invoice()]), "invoices", 2),
    "loops": (lambda: get_next_values(3, "j", reset_value=4), "j", 3),
    "function": (lambda: get_next_value("cases", nowait=True), "cases", 1),
    "draft": (draft, "shipments", 1),
    "deferred": (lambda: deferred(Legacy()), "legacy", 1),
    "deferred_many": (lambda: deferred(Legacy(), Legacy(), Legacy()), "legacy", 3),
    "assigned": (assigned, "shipments", 1),
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.usefixtures("dialect")
def test_every_way_to_a_number_is_reported_once_after_the_transaction(name, seen):
    way, sequence, count = WAYS[name]
    if name == "assigned":
        Shipment.objects.create(weight=2)
    before = perf_counter()
    with transaction.atomic():
        way()
        assert seen == []
        sleep(0.05)
    took = perf_counter() - before
    (taken,) = seen
    assert numbers(seen) == [(sequence, (), count)]
    assert taken.using == "default"
    assert taken.committed
    assert 0 < taken.wait < took
    assert 0.05 <= taken.hold < took


def test_series_of_a_scope(seen):
    with transaction.atomic():
        Proven.objects.bulk_create([Proven(company=1, year=y) for y in (2026, 2026, 2027)])
        Annal.objects.create(team=3, day=datetime.date(2026, 1, 1))
        Forward.objects.create()
    assert numbers(seen) == [
        ("proven", ("1", "2026"), 2),
        ("proven", ("1", "2027"), 1),
        ("chronicles", ("3",), 1),
        ("a", (), 1),
        ("b", (), 1),
    ]
    assert seen[0].wait == seen[1].wait  # of one statement


def test_rows_and_calls_that_take_no_number_are_not_reported(seen):
    with transaction.atomic():
        Plain.objects.create()
        Sequence("cases").advance_to(7)
        with accept_numbers():
            Legacy.objects.create(number=50)
        Shipment.objects.create(weight=1)
    assert seen == []


@pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning")
def test_autocommit_mode(seen):
    Invoice.objects.create()
    Invoice.objects.create()
    get_next_value("cases")
    assert numbers(seen) == [("invoices", (), 1), ("invoices", (), 1), ("cases", (), 1)]
    assert all(taken.committed and taken.hold < 5 for taken in seen)
    if connection.vendor != "sqlite" and connection.features.can_return_columns_from_insert:
        assert seen[1].hold == 0


def test_a_rollback(seen):
    with pytest.raises(KeyError), transaction.atomic():
        Invoice.objects.create()
        raise KeyError
    with transaction.atomic():
        Plain.objects.create()
    (taken,) = seen
    assert not taken.committed
    assert vars_of_connection_are_clean()


def test_a_save_that_fails(seen):
    Invoice.objects.create(pk=1)
    seen.clear()
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        Invoice.objects.create(pk=1)
    assert all(not taken.committed for taken in seen)


def test_nothing_is_reported_where_the_end_is_not_known(seen):
    transaction.set_autocommit(False)
    try:
        Invoice.objects.create()
        with transaction.atomic():
            Invoice.objects.create()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert seen == []
    assert vars_of_connection_are_clean()


def vars_of_connection_are_clean():
    return {"gapless_at_end", "set_autocommit"}.isdisjoint(vars(transaction.get_connection()))


def test_the_blocks_of_a_test_case_end_with_the_test(seen):
    class Case(TestCase):
        def runTest(self):
            Invoice.objects.create()
            assert seen == []

    result = unittest.TestResult()
    unittest.TestSuite([Case()]).run(result)
    assert result.wasSuccessful()
    assert [taken.committed for taken in seen] == [False]


def test_on_commit_callbacks_that_take_numbers(seen):
    with transaction.atomic():
        get_next_value("outer")
        transaction.on_commit(lambda: later())
    assert sorted(numbers(seen)) == [("inner", (), 2), ("outer", (), 1)]


def later():
    with transaction.atomic():
        get_next_values(2, "inner")


def test_an_exception_in_the_observer_is_logged(caplog):
    calls = []

    def fail(taken):
        calls.append(taken)
        raise KeyError("broken")

    observe(fail)
    try:
        with transaction.atomic():
            Proven.objects.bulk_create([Proven(company=c, year=1) for c in (1, 2)])
    finally:
        observe(None)
    assert len(calls) == Proven.objects.count() == 2
    logged = [record for record in caplog.records if record.name == "gapless_fields.metrics"]
    assert [(record.levelno, record.exc_info[0]) for record in logged] == [
        (logging.ERROR, KeyError)
    ] * 2
    assert [record.getMessage() for record in logged] == [
        f'The observer of numbers taken from "proven" ["{company}", "1"] failed.'
        for company in (1, 2)
    ]


def test_the_wait_for_another_transaction(actors, rows_have_locks, seen):
    one, two = actors
    one.begin()
    one.do(get_next_value, "cases")
    two.begin()
    waiting = two.waits(get_next_value, "cases")
    one.commit()
    waiting.result(30)
    two.rollback()
    (first, second) = seen
    assert first.wait < first.hold
    assert first.hold >= WAITS
    assert second.wait > WAITS / 2
    assert (first.committed, second.committed) == (True, False)


def test_an_observer_may_use_the_database():
    def record(taken):
        with transaction.atomic():
            Plain.objects.create(note=f"{taken.sequence} {taken.committed}")

    observe(record)
    try:
        with transaction.atomic():
            Invoice.objects.create()
        with pytest.raises(KeyError), transaction.atomic():
            Invoice.objects.create()
            raise KeyError
    finally:
        observe(None)
    assert [row.note for row in Plain.objects.order_by("pk")] == ["invoices True", "invoices False"]


def test_nothing_is_measured_unless_it_is_observed(monkeypatch):
    monkeypatch.setattr(metrics, "taken", None)
    with transaction.atomic():
        Invoice.objects.create()
        Invoice.objects.bulk_create([Invoice(), Invoice()])
        Forward.objects.create()
        Annal.objects.create(day=datetime.date(2026, 1, 1))
        Job.objects.create()


def test_the_recipes_of_the_documentation_are_python():
    text = section("howto/transactions.md", "Measure waiting times")
    recipes = [block for language, block in blocks(text) if language == "python"]
    assert len(recipes) == 3
    for block in recipes:
        compile(block, "transactions.md", "exec")
        for name in re.findall(r"\btaken\.(\w+)", block):
            assert name in NumbersTaken.__dataclass_fields__
