"""Who waits for whom, and who gets which number, in transcripts of two sessions."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from gapless_fields import get_last_value, get_next_value
from tests.testapp.models import Backward, Forward, Invoice, Ticket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rows_have_locks"),
]


def create():
    return Invoice.objects.create().number


def bulk_create():
    return [row.number for row in Invoice.objects.bulk_create([Invoice(), Invoice()])]


@pytest.fixture(params=["first use", "later use"])
def last(request):
    """The last number before the test begins."""
    if request.param == "first use":
        return 0
    return create()


@pytest.mark.usefixtures("dialect")
class TestTwoWriters:
    def test_the_second_waits_for_the_first_to_commit(self, actors, last):
        one, two = actors
        one.begin()
        assert one.do(create) == last + 1
        two.begin()
        waiting = two.waits(create)
        one.commit()
        assert waiting.result(30) == last + 2
        two.commit()
        assert get_last_value("invoices") == last + 2

    def test_the_second_gets_the_number_that_the_first_gives_back(self, actors, last):
        one, two = actors
        one.begin()
        assert one.do(create) == last + 1
        two.begin()
        waiting = two.waits(create)
        one.rollback()
        assert waiting.result(30) == last + 1
        two.commit()
        assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == list(
            range(1, last + 2)
        )

    def test_blocks_of_bulk_create(self, actors, last):
        one, two = actors
        one.begin()
        assert one.do(bulk_create) == [last + 1, last + 2]
        waiting = two.waits(bulk_create)
        one.commit()
        assert waiting.result(30) == [last + 3, last + 4]

    def test_field_and_function_lock_the_same_series(self, actors, last):
        one, two = actors
        one.begin()
        assert one.do(get_next_value, "invoices") == last + 1
        waiting = two.waits(create)
        one.commit()
        assert waiting.result(30) == last + 2

    def test_distinct_sequences_do_not_wait(self, actors, last):
        one, two = actors
        one.begin()
        one.do(create)
        two.begin()
        assert two.do(lambda: Ticket.objects.create().number) == 100
        two.commit()
        one.commit()

    def test_reading_the_last_value_does_not_wait(self, actors, last):
        one, two = actors
        one.begin()
        one.do(create)
        assert two.do(get_last_value, "invoices") == (last or None)
        one.commit()


def test_savepoint_keeps_the_lock_but_not_the_number(actors):
    one, two = actors
    create()
    one.begin()
    one.begin()
    assert one.do(create) == 2
    one.rollback()
    assert one.do(create) == 2
    waiting = two.waits(create)
    one.commit()
    assert waiting.result(30) == 3


def test_fields_in_opposite_order_do_not_deadlock(actors):
    """Trap 15: series are taken in sorted order, whatever the order of the fields."""
    one, two = actors
    Forward.objects.create()
    Backward.objects.create()
    one.begin()
    assert one.do(get_next_value, "a") == 3
    two.begin()
    waiting = two.waits(lambda: Backward.objects.create())  # for "a", without holding "b"
    row = one.do(lambda: Forward.objects.create())
    assert (row.first, row.second) == (4, 3)
    one.commit()
    row = waiting.result(30)
    two.commit()
    assert (row.first, row.second) == (4, 5)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("snapshot_isolation", [False, True])
def test_isolation_levels(actors, last, level, snapshot_isolation):
    """A conflict is the database's serialization error, never a double and never a gap."""
    if snapshot_isolation and not getattr(connection, "mysql_is_mariadb", False):
        pytest.skip("innodb_snapshot_isolation is MariaDB's")
    one, two = actors
    for actor in actors:
        if connection.vendor == "mysql":
            if connection.mysql_is_mariadb:
                actor.execute(f"SET SESSION innodb_snapshot_isolation = {int(snapshot_isolation)}")
            actor.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
        else:
            actor.execute(f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}")
    for actor in actors:
        actor.begin()
        # Takes the snapshot. (InnoDB's SERIALIZABLE also locks what it reads.)
        actor.do(Ticket.objects.count)
    assert one.do(create) == last + 1
    waiting = two.waits(create)
    one.commit()
    try:
        assert waiting.result(30) == last + 2
    except OperationalError as error:
        code = getattr(error.__cause__, "sqlstate", None) or getattr(
            error.__cause__, "pgcode", error.args[0]
        )
        assert level != "READ COMMITTED"
        # serialization_failure; "Record has changed since last read"; deadlock
        assert code in ("40001", 1020, 1213)
        two.rollback()
        assert two.do(create) == last + 2
    else:
        two.commit()
    numbers = Invoice.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, last + 3))
    assert get_last_value("invoices") == last + 2
