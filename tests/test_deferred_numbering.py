"""Numbers at the end of a transaction."""

from __future__ import annotations

import asyncio
import datetime
import threading

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, connections, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from gapless_fields import (
    Sequence,
    SequenceExhausted,
    SequenceNotSynced,
    accept_numbers,
    deferred_numbering,
    get_last_value,
)
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.models import Counter
from tests.raw import raw_update
from tests.testapp.models import Company, Invoice, Legacy, Parcel, Position, Shipment, Slip, Stub

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 31)


class Planned(Exception):
    pass


def slips(**filters):
    return list(Slip.objects.filter(**filters).order_by("pk").values_list("number", flat=True))


@pytest.fixture
def company():
    return Company.objects.create(name="a")


def test_numbers_are_set_at_the_end(company):
    with transaction.atomic(), deferred_numbering():
        rows = [Slip.objects.create(company=company, issued_on=DAY) for _ in range(3)]
        assert [row.number for row in rows] == [None] * 3
        assert slips() == [None] * 3
        assert not Counter.objects.exists()
    assert [row.number for row in rows] == [1, 2, 3]
    assert slips() == [1, 2, 3]
    rows[0].note = "later"
    rows[0].save()
    assert Slip.objects.create(company=company, issued_on=DAY).number == 4


def test_fields_without_a_condition_or_a_scope():
    with transaction.atomic(), deferred_numbering():
        rows = [Legacy.objects.create(), Legacy()]
        rows[1].save()
        bulk = Legacy.objects.bulk_create([Legacy(note="b"), Legacy(note="c")])
        assert [row.number for row in rows] == [None, None]
    assert [row.number for row in rows] == (
        [1, 2] if connection.features.can_return_rows_from_bulk_insert else [3, 4]
    )
    assert sorted(row.number for row in rows + bulk) == [1, 2, 3, 4]
    assert sorted(Legacy.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_needs_null():
    needs = r"testapp\.Invoice\.number needs null=True"
    with (
        pytest.raises(ImproperlyConfigured, match=needs),
        transaction.atomic(),
        deferred_numbering(),
    ):
        Invoice.objects.create()


@pytest.mark.django_db(transaction=True)
def test_outside_atomic():
    inside = pytest.raises(TransactionManagementError, match=r"inside transaction\.atomic")
    with inside, deferred_numbering():
        pass


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_databases(company):
    with transaction.atomic(), transaction.atomic("other"), deferred_numbering("other"):
        assert Legacy.objects.create().number == 1
        row = Legacy.objects.using("other").create()
        assert row.number is None
    assert row.number == 1
    with (
        pytest.raises(TransactionManagementError),
        transaction.atomic(),
        deferred_numbering(using="other"),
    ):
        pass


def test_an_exception_numbers_nothing(company):
    with pytest.raises(Planned), transaction.atomic(), deferred_numbering():
        Slip.objects.create(company=company, issued_on=DAY)
        raise Planned
    assert not Counter.objects.exists()
    with transaction.atomic():
        with pytest.raises(Planned), deferred_numbering():
            row = Slip.objects.create(company=company, issued_on=DAY)
            raise Planned
        assert row.number is None
    assert not Counter.objects.exists()
    with transaction.atomic(), deferred_numbering():
        assert Slip.objects.create(company=company).number is None
    assert not Counter.objects.exists()


def test_rows_of_a_lost_savepoint_are_left_out(company):
    with transaction.atomic(), deferred_numbering():
        first = Slip.objects.create(company=company, issued_on=DAY)
        with pytest.raises(Planned), transaction.atomic():
            lost = Slip.objects.create(company=company, issued_on=DAY)
            with transaction.atomic():
                Slip.objects.create(company=company, issued_on=DAY)
            raise Planned
        with transaction.atomic():
            kept = Slip.objects.create(company=company, issued_on=DAY)  # SQLite: lost's key
        last = Slip.objects.create(company=company, issued_on=DAY)
    assert (first.number, lost.number, kept.number, last.number) == (1, None, 2, 3)
    assert slips() == [1, 2, 3]


def test_a_failed_insert(company):
    with transaction.atomic(), deferred_numbering():
        first = Slip.objects.create(company=company, issued_on=DAY, note="a")
        with pytest.raises(IntegrityError), transaction.atomic():
            Slip.objects.create(pk=first.pk, company=company, issued_on=DAY)
        second = Slip.objects.create(company=company, issued_on=DAY)
    assert (first.number, second.number) == (1, 2)


def test_rows_that_are_deleted_or_numbered_meanwhile_or_drafts(company):
    with transaction.atomic(), deferred_numbering():
        gone = Slip.objects.create(company=company, issued_on=DAY)
        draft = Slip.objects.create(company=company)
        turned = Slip.objects.create(company=company, issued_on=DAY)
        numbered = Slip.objects.create(company=company, issued_on=DAY)
        kept = Slip.objects.create(company=company, issued_on=DAY)
        Slip.objects.filter(pk=gone.pk).delete()
        Slip.objects.filter(pk=turned.pk).update(issued_on=None)
        number = Sequence("slips", scope=(company, 2026)).get_next_value()
        raw_update(Slip.objects.filter(pk=numbered.pk), number=number)
    assert [row.number for row in (gone, draft, turned, numbered, kept)] == [None, None, None, 1, 2]


def test_drafts_that_are_issued_inside(company):
    old = Slip.objects.create(company=company)
    with transaction.atomic(), deferred_numbering():
        new = Slip.objects.create(company=company)
        for row in (new, old):
            row.issued_on = DAY
            row.save()
            row.save(update_fields=["issued_on"])
            assert row.number is None
        assert not Counter.objects.exists()
    assert (new.number, old.number) == (1, 2)


def test_the_series_is_the_row_s(company):
    other = Company.objects.create(name="b")
    with transaction.atomic(), deferred_numbering():
        row = Slip.objects.create(company=company, issued_on=DAY)
        row.company = other
        row.save()
        later = Slip.objects.create(company=company, issued_on=datetime.date(2027, 1, 1))
    assert (row.number, later.number) == (1, 1)
    assert get_last_value("slips", scope=(company, 2026)) is None
    assert get_last_value("slips", scope=(other, 2026)) == 1


def test_nested_blocks_join_the_outermost(company):
    @transaction.atomic
    @deferred_numbering()
    def write():
        return Slip.objects.create(company=company, issued_on=DAY)

    with transaction.atomic(), deferred_numbering():
        row = write()
        assert row.number is None
        with pytest.raises(Planned), transaction.atomic(), deferred_numbering():
            write()
            raise Planned
    assert (row.number, slips()) == (1, [1])
    assert write().number == 2


@pytest.mark.django_db(transaction=True)
def test_on_commit_sees_the_numbers(company):
    seen = []
    with transaction.atomic(), deferred_numbering():
        row = Slip.objects.create(company=company, issued_on=DAY)
        transaction.on_commit(lambda: seen.append((row.number, slips())))
    assert seen == [(1, [1])]


def test_explicit_numbers_are_admitted_at_once(company):
    with transaction.atomic(), deferred_numbering(), accept_numbers():
        given = Slip.objects.create(company=company, issued_on=DAY, number=7)
        row = Slip.objects.create(company=company, issued_on=DAY)
        assert (given.number, row.number) == (7, None)
    assert (given.number, row.number) == (7, 8)


def test_two_models_share_their_series_in_the_order_of_the_rows(company):
    with transaction.atomic(), deferred_numbering():
        rows = [model.objects.create(company=company, issued_on=DAY) for model in (Stub, Slip) * 3]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]


def test_one_counter_update_per_series_and_one_update_per_model(company):
    with transaction.atomic():
        with CaptureQueriesContext(connection) as queries, deferred_numbering():
            for _ in range(5):
                Slip.objects.create(company=company, issued_on=DAY)
                Stub.objects.create(company=company, issued_on=DAY)
                Legacy.objects.create()
            inserts = len(queries)
        end = [query["sql"] for query in queries.captured_queries[inserts:]]
    counters = [sql for sql in end if "INSERT INTO" in sql and "counter" in sql]
    assert len(counters) == (1 if dialect_for(connection).INCREMENT_MANY else 2)
    assert "".join(counters).index("'legacy'") < "".join(counters).index("'slips")
    updates = [sql for sql in end if "UPDATE" in sql and "IS NULL" in sql]
    if connection.vendor != "sqlite":  # where executemany() is listed once, without its rows
        assert len(updates) == 3


def deferred(create):
    with transaction.atomic(), deferred_numbering():
        return create()


def test_a_single_row_is_numbered_by_one_statement_where_the_database_can():
    deferred(Legacy.objects.create)
    block = deferred_numbering()
    with transaction.atomic():
        block.__enter__()
        row = Legacy.objects.create()
        with CaptureQueriesContext(connection) as queries:
            block.__exit__(None, None, None)
    assert row.number == Legacy.objects.get(pk=row.pk).number == 2
    # Otherwise: read under lock, take, write; SQLite takes its lock first.
    assert len(queries) == {"postgresql": 1, "sqlite": 4}.get(connection.vendor, 3)


@pytest.mark.parametrize("number", [None, 7])
def test_a_single_row_that_is_deleted_or_numbered_meanwhile(number):
    Legacy.objects.create()
    with accept_numbers(), transaction.atomic(), deferred_numbering():
        row = Legacy.objects.create()
        if number is None:
            Legacy.objects.filter(pk=row.pk).delete()
        else:
            raw_update(Legacy.objects.filter(pk=row.pk), number=number)
    assert row.number == number
    assert get_last_value("legacy") == 1


def test_a_single_row_of_a_lost_savepoint():
    lost = pytest.raises(Planned)
    with transaction.atomic(), deferred_numbering(), lost, transaction.atomic():
        Legacy.objects.create()
        raise Planned
    assert get_last_value("legacy") is None


def test_a_single_row_of_a_series_without_numbers():
    Sequence("legacy").advance_to(2**63 - 1)
    with pytest.raises(SequenceExhausted):
        deferred(Legacy.objects.create)
    assert Legacy.objects.count() == 0


@pytest.mark.parametrize("carried", [1, 7])
@pytest.mark.parametrize("count", [1, 2])
def test_a_refused_first_use_spoils_the_block(carried, count):
    """Or the number that was taken would be committed without its row."""
    Legacy.objects.create()
    raw_update(Legacy.objects, number=carried)
    Sequence("legacy").delete()
    with transaction.atomic():
        with pytest.raises(SequenceNotSynced, match="sync_sequences"), deferred_numbering():
            for _ in range(count):
                Legacy.objects.create()
        assert connection.needs_rollback
        transaction.set_rollback(True)
    assert (Legacy.objects.count(), Counter.objects.count()) == (1, 0)


def test_bulk_create(company):
    with transaction.atomic(), deferred_numbering():
        rows = Slip.objects.bulk_create([Slip(company=company, issued_on=DAY) for _ in range(2500)])
        later = Slip.objects.create(company=company, issued_on=DAY)
    assert slips() == list(range(1, 2502))
    assert later.number == 2501
    if connection.features.can_return_rows_from_bulk_insert:
        assert [row.number for row in rows] == list(range(1, 2501))


@pytest.mark.django_db(transaction=True)
def test_other_writers_do_not_wait(actors, company, rows_have_locks):
    one, two = actors
    block = deferred_numbering()
    one.begin()
    one.do(block.__enter__)
    row = one.do(Slip.objects.create, company=company, issued_on=DAY)
    other = two.do(lambda: Slip.objects.create(company=company, issued_on=DAY))
    assert (row.number, other.number) == (None, 1)
    one.do(block.__exit__, None, None, None)
    assert row.number == 2
    waiting = two.waits(lambda: Slip.objects.create(company=company, issued_on=DAY))
    one.commit()
    assert waiting.result(30).number == 3


@pytest.mark.django_db(transaction=True)
def test_threads_and_tasks_do_not_see_each_other_s_rows(company):
    numbers = []

    def write():
        try:
            numbers.append(Legacy.objects.create().number)
        finally:
            connections.close_all()

    if connection.vendor != "sqlite":  # which has one writer at a time
        with transaction.atomic(), deferred_numbering():
            thread = threading.Thread(target=write)
            thread.start()
            thread.join(30)
        assert numbers == [1]

    async def defer(entered, done):
        def enter():
            with transaction.atomic(), deferred_numbering():
                Legacy.objects.create()

        await sync_to_async(enter)()
        entered.set()
        await done.wait()

    async def main():
        entered, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(defer(entered, done))
        await entered.wait()
        row = await Legacy.objects.acreate()
        done.set()
        await task
        await sync_to_async(connections.close_all)()
        return row.number

    before = get_last_value("legacy") or 0
    assert asyncio.run(main()) == before + 2


def test_a_row_of_a_condition_of_several_columns():
    with transaction.atomic(), deferred_numbering():
        row = Shipment.objects.create(status="sent")
        row.weight = 5
        row.save()
    assert row.number == 1


@pytest.fixture
def keys_are_not_returned(without_returning):
    """As on MySQL, which has no RETURNING, and tells the key of a single row alone."""
    if connection.vendor != "mysql":
        pytest.skip("asks MySQL, and MariaDB without RETURNING")


@pytest.mark.usefixtures("keys_are_not_returned")
def test_where_an_insert_returns_no_keys():
    with transaction.atomic(), deferred_numbering():
        single = Legacy.objects.create()
        many = Legacy.objects.bulk_create([Legacy(), Legacy()])
        known = Legacy.objects.bulk_create([Legacy(pk=10**6), Legacy(pk=10**6 + 1)])
        parcels = Parcel.objects.bulk_create([Parcel(), Parcel()])
        position = Position.objects.create(contract=1, line="a")
        late = [single, *known, *parcels, position]
        assert [row.number for row in late] == [None] * 6
        # Nobody can find these rows again: they are numbered at once.
        assert sorted(Legacy.objects.exclude(number=None).values_list("number", flat=True)) == [
            1,
            2,
        ]
    assert [row.number for row in late] == [3, 4, 5, 1, 2, 1]
    assert [row.pk for row in many] == [None, None]
    assert sorted(Legacy.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
