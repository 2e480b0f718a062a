"""``EARLY_LOCK_RELEASE``: a counter is released before the disk has the COMMIT (PostgreSQL)."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from gapless_fields import (
    DurabilityUnknown,
    GaplessError,
    Sequence,
    accept_numbers,
    assign_numbers,
    deferred_numbering,
    get_next_value,
    get_next_values,
)
from gapless_fields.checks.settings import check_settings
from gapless_fields.counters.early_release import WAIT
from tests.raw import raw_update
from tests.testapp.models import Invoice, Legacy, Plain, Receipt, Shipment

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone can do it"),
]


@pytest.fixture(autouse=True)
def early(settings):
    settings.GAPLESS_FIELDS = {"EARLY_LOCK_RELEASE": True}


def setting():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone()[0]


@pytest.fixture
def before():
    """What the session itself is set to, which the wait obeys."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    yield "on"
    connection.close()


class Ways:
    """Every way to a number."""

    def inline():
        Invoice.objects.create()

    def block():
        Invoice.objects.bulk_create([Invoice(), Invoice()])

    def loop():
        Receipt.objects.bulk_create([Receipt(), Receipt()])

    def issued_draft():
        draft = Shipment.objects.create(weight=1)
        draft.status = "sent"
        draft.save()

    def deferred():
        with deferred_numbering():
            Legacy.objects.create()

    def deferred_block():
        with deferred_numbering():
            Legacy.objects.bulk_create([Legacy(), Legacy()])

    def assigned():
        raw_update(Shipment.objects, status="sent")
        assign_numbers(Shipment.objects.all())

    def imported():
        with accept_numbers():
            Legacy.objects.create(number=Legacy.objects.count() + 7)

    def function():
        get_next_value("a")

    def functions():
        get_next_values(3, "a")

    def advanced():
        Sequence("a").advance_to(7)


WAYS = [pytest.param(way, id=name) for name, way in vars(Ways).items() if callable(way)]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_a_number_waits_once_after_the_commit(way, before):
    Shipment.objects.create(weight=2)
    called = []
    with CaptureQueriesContext(connection) as queries:
        with transaction.atomic():
            way()
            assert setting() == "off"
            way()
            transaction.on_commit(lambda: called.append(waits(queries)))
            assert waits(queries) == 0
        assert called == [1]
    statements = [query["sql"] for query in queries]
    assert statements[-2:] == ["COMMIT", WAIT]
    assert setting() == before


def waits(queries):
    return [query["sql"] for query in queries].count(WAIT)


@pytest.mark.parametrize("way", [Ways.inline, Ways.block, Ways.function])
@pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning")
def test_autocommit_mode(way, before):
    way()
    with CaptureQueriesContext(connection) as queries:
        way()
    assert [query["sql"] for query in queries][-1] == WAIT
    assert waits(queries) == 1
    assert setting() == before


def test_transactions_without_a_number_wait_for_themselves(before):
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        Plain.objects.create()
        assert setting() == before
    with CaptureQueriesContext(connection) as more:
        with pytest.raises(KeyError), transaction.atomic():
            Invoice.objects.create()
            raise KeyError
        with transaction.atomic():
            Plain.objects.create()
    assert waits(queries) == waits(more) == 0


def test_a_savepoint_that_is_rolled_back_takes_the_setting_back(before):
    with transaction.atomic():
        with pytest.raises(KeyError), transaction.atomic():
            Invoice.objects.create()
            raise KeyError
        assert setting() == before


def test_where_autocommit_is_off_the_project_commits_and_waits(before):
    transaction.set_autocommit(False)
    try:
        with CaptureQueriesContext(connection) as queries:
            Invoice.objects.create()
            with transaction.atomic():
                Invoice.objects.create()
            assert setting() == before
            transaction.commit()
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    assert waits(queries) == 0
    assert Invoice.objects.count() == 2


def test_a_callback_that_raises_is_called_after_the_wait():
    def fail():
        raise KeyError

    with CaptureQueriesContext(connection) as queries:
        with pytest.raises(KeyError), transaction.atomic():
            Invoice.objects.create()
            transaction.on_commit(fail)
        with transaction.atomic():
            Invoice.objects.create()
    assert waits(queries) == 2
    assert list(Invoice.objects.values_list("number", flat=True).order_by("pk")) == [1, 2]


def kill_before(statement):
    """Let the session die when it is about to run a statement."""

    def wrapper(execute, sql, params, many, context):
        if sql == statement:
            pid = context["connection"].connection.info.backend_pid
            with connections["other"].cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
@pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning")
@pytest.mark.parametrize("atomic", [True, False])
def test_a_session_that_dies_before_it_knows(atomic):
    Invoice.objects.create()
    called = []
    try:
        with (
            pytest.raises(DurabilityUnknown, match="Look for the rows") as caught,
            kill_before(WAIT),
            transaction.atomic() if atomic else nullcontext(),
        ):
            Invoice.objects.create()
            if atomic:
                transaction.on_commit(lambda: called.append("told"))
        assert isinstance(caught.value, GaplessError)
    finally:
        connection.close()
    assert called == []
    with transaction.atomic():
        Invoice.objects.create()
        transaction.on_commit(lambda: called.append("next"))
    assert called == ["next"]
    numbers = Invoice.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3]  # committed, and here the server has not crashed


def test_a_session_that_dies_inside_leaves_nothing_behind():
    with pytest.raises(KeyError), transaction.atomic():
        Invoice.objects.create()
        connection.close()
        raise KeyError
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        Plain.objects.create()
    assert waits(queries) == 0
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        assert Invoice.objects.create().number == 1
    assert waits(queries) == 1


@pytest.mark.parametrize(("value", "expected"), [(["default"], 1), (["other"], 0), (False, 0)])
def test_for_some_databases(settings, value, expected):
    settings.GAPLESS_FIELDS = {"EARLY_LOCK_RELEASE": value}
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        Invoice.objects.create()
    assert waits(queries) == expected
    assert check_settings() == []
