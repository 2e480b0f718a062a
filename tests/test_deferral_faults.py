"""What ``deferred_numbering()`` survives: copies, odd keys, threads, and ends that never come."""

from __future__ import annotations

import asyncio
import datetime
import threading
from contextlib import ExitStack
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Value
from django.db.transaction import TransactionManagementError

from gapless_fields import SequenceNotSynced, assign_numbers, deferred_numbering, get_last_value
from gapless_fields.models import Counter
from tests.raw import raw_update
from tests.testapp.models import (
    Company,
    Deed,
    Legacy,
    Member,
    Paper,
    Parcel,
    Position,
    Shipment,
    Slip,
    Voucher,
)

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 31)


# Its name in Django 5.2, and in later versions.
create_savepoint = getattr(transaction, "savepoint_create", transaction.savepoint)


class Planned(Exception):
    pass


def numbers(model=Legacy, **filters):
    return list(model.objects.filter(**filters).order_by("pk").values_list("number", flat=True))


def deferred(action):
    with transaction.atomic(), deferred_numbering():
        return action()


def test_copies_of_one_instance():
    def copies():
        row = Legacy.objects.create(note="template")
        for n in range(3):
            row.pk, row._state.adding, row.note = None, True, f"copy {n}"
            row.save()
        return row

    row = deferred(copies)
    assert numbers() == [1, 2, 3, 4]
    assert (row.number, row.pk) == (4, Legacy.objects.get(number=4).pk)
    row.note = "later"
    row.save()


@pytest.mark.parametrize("count", [2, 3])
def test_one_instance_several_times_in_a_batch(count):
    row = Legacy()
    deferred(lambda: Legacy.objects.bulk_create([row] * count))
    assert numbers() == list(range(1, count + 1))
    if connection.features.can_return_rows_from_bulk_insert:  # or the row does not know its key
        assert row.number == Legacy.objects.get(pk=row.pk).number


def test_an_instance_that_has_become_another_row_is_not_told():
    with transaction.atomic(), deferred_numbering():
        row = Legacy.objects.create()
        row.pk = None
    assert (row.number, numbers()) == (None, [1])


def test_two_instances_of_one_row():
    draft = Shipment.objects.create(weight=1)
    twin = Shipment.objects.get()

    def issue():
        for row in (draft, twin):
            row.status = "sent"
            row.save()

    deferred(issue)
    assert (draft.number, twin.number, numbers(Shipment)) == (1, 1, [1])


@pytest.mark.parametrize("count", [1, 2])
def test_keys_of_several_columns(count):
    rows = deferred(
        lambda: [Position.objects.create(contract="7", line=f"{n}") for n in range(count)]
    )
    assert [row.number for row in rows] == numbers(Position) == list(range(1, count + 1))
    bulk = [Position(contract=8, line="b"), Position(contract=8, line="a")]
    deferred(lambda: Position.objects.bulk_create(bulk))
    assert [row.number for row in bulk] == [count + 1, count + 2]
    assert Position.objects.get(pk=(8, "a")).number == count + 2


@pytest.mark.parametrize("keys", [["3"], ["10", "9.50"], [Decimal("3.0"), 4, "5"]])
def test_keys_that_come_after_the_number_and_in_other_types(keys):
    rows = deferred(lambda: [Voucher.objects.create(code=key) for key in keys])
    assert [row.number for row in rows] == list(range(1, len(keys) + 1))
    for row, key in zip(rows, keys, strict=True):
        assert row.pk == key
        assert Voucher.objects.get(pk=key).number == row.number


def test_keys_as_text():
    texts = ["6fa459ea-ee8a-3ca4-894e-db77e160355e", "16fd2706-8baf-433b-82eb-8c7fada847da"]
    rows = deferred(lambda: [Parcel.objects.create(pk=text) for text in texts])
    assert [row.number for row in rows] == [1, 2]
    drafts = [Shipment.objects.create(pk=key, weight=1) for key in (9, 10)]

    def issue():
        for draft in drafts:
            draft.pk, draft.status = str(draft.pk), "sent"
            draft.save()

    deferred(issue)
    assert [draft.number for draft in drafts] == [1, 2]


def test_multi_table_children():
    def write():
        return Deed.objects.create(signed=True), Paper.objects.create(signed=True)

    deed, paper = deferred(write)
    assert (deed.number, paper.number) == (1, 2)
    assert numbers(Paper) == [1, 2]


def test_a_draft_whose_issue_was_rolled_back_is_numbered_in_its_turn():
    first, second = (Shipment.objects.create(weight=1) for _ in range(2))
    with transaction.atomic(), deferred_numbering():
        with pytest.raises(Planned), transaction.atomic():
            first.status = "sent"
            first.save()
            raise Planned
        second.status = "sent"
        second.save()
        first.save()
    assert (second.number, first.number) == (1, 2)


def test_a_savepoint_that_is_rolled_back_by_hand():
    with transaction.atomic(), deferred_numbering():
        savepoint = create_savepoint()
        Legacy.objects.create()
        transaction.savepoint_rollback(savepoint)
        Legacy.objects.create()
    assert numbers() == [1]
    assert get_last_value("legacy") == 1


def test_on_commit_that_runs_at_once(monkeypatch):
    monkeypatch.setattr(transaction, "on_commit", lambda function, **_options: function())
    assert deferred(Legacy.objects.create).number == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "blocks", [(), (lambda: transaction.atomic(savepoint=False),), (transaction.atomic,)]
)
def test_an_exception_that_leaves_the_block_takes_its_rows_with_it(blocks):
    """A view that catches it under ATOMIC_REQUESTS must not commit rows without numbers."""
    with transaction.atomic():
        with pytest.raises(Planned), ExitStack() as stack:
            for block in (*blocks, deferred_numbering):
                stack.enter_context(block())
            Legacy.objects.create()
            raise Planned
        inner = len(blocks) == 1 and blocks[0] is transaction.atomic
        assert connection.needs_rollback == (not inner)
        if inner:  # it is rolled back to its savepoint, and the rest goes on
            Legacy.objects.create()
    assert numbers() == ([1] if inner else [])


@pytest.mark.django_db(transaction=True)
def test_an_exception_before_any_row_spoils_nothing():
    with transaction.atomic():
        with pytest.raises(Planned), deferred_numbering():
            raise Planned
        Legacy.objects.create()
    assert numbers() == [1]


@pytest.mark.django_db(transaction=True)
def test_a_block_ends_with_its_transaction():
    block = deferred_numbering()
    with transaction.atomic():
        block.__enter__()
    with transaction.atomic():
        assert Legacy.objects.create().number == 1
    with transaction.atomic(), deferred_numbering():
        row = Legacy.objects.create()
    assert row.number == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nested", [False, True])
def test_rows_of_a_block_that_is_never_ended_are_not_committed(nested):
    block = deferred_numbering()

    def leave_open():
        block.__enter__()
        Legacy.objects.create()

    with pytest.raises(TransactionManagementError, match="was not left"), transaction.atomic():
        if nested:
            with transaction.atomic():
                leave_open()
            assert Legacy.objects.create().number == 1
        else:
            leave_open()
    assert numbers() == []
    with transaction.atomic():
        assert Legacy.objects.create().number == 1


@pytest.mark.django_db(transaction=True)
def test_a_block_that_is_never_ended_is_numbered_by_the_next():
    block = deferred_numbering()
    with transaction.atomic():
        with transaction.atomic():
            block.__enter__()
            Legacy.objects.create()
        with deferred_numbering():
            Legacy.objects.create()
    assert numbers() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_block_that_is_forgotten_spoils_its_own_transaction_alone():
    def forget():
        deferred_numbering().__enter__()  # collected at once, which raises GeneratorExit inside

    with transaction.atomic():
        forget()
        Legacy.objects.create()
    assert numbers() == [1]


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection():
    block = deferred_numbering()
    with pytest.raises(Planned), transaction.atomic():
        block.__enter__()
        Legacy.objects.create()
        connection.close()
        raise Planned
    with transaction.atomic():
        Legacy.objects.create()
    assert numbers() == [1]


@pytest.mark.django_db(transaction=True)
def test_where_autocommit_is_off():
    transaction.set_autocommit(False)
    try:
        assert deferred(Legacy.objects.create).number == 1
        transaction.commit()
        if connection.vendor != "sqlite":  # where a savepoint of its own is the transaction
            deferred(Legacy.objects.create)
            transaction.rollback()
        assert numbers() == [1]
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


@pytest.mark.django_db(transaction=True)
def test_threads_with_a_copy_of_the_context(rows_have_locks):
    def other():
        try:
            with transaction.atomic():
                told.append(Legacy.objects.create().number)
        finally:
            connections.close_all()

    told = []
    with transaction.atomic(), deferred_numbering():
        asyncio.run(asyncio.to_thread(other))
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(30)
        row = Legacy.objects.create()
        assert row.number is None
    assert (told, row.number) == ([1, 2], 3)


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_other_databases_number_at_once():
    with transaction.atomic(), transaction.atomic(using="other"), deferred_numbering():
        assert Legacy.objects.using("other").create().number == 1
        assert Legacy.objects.create().number is None
    assert numbers() == [1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("model", [Legacy, Slip])
def test_a_row_that_another_process_numbers_meanwhile(actors, rows_have_locks, model, count):
    """A savepoint that was rolled back by hand has given the lock on the row back."""
    one, two = actors
    company = Company.objects.create(name="a")
    if model is Legacy:
        rows = [Legacy.objects.create() for _ in range(count)]
        raw_update(Legacy.objects, number=None)  # adopted, and not numbered yet
        Counter.objects.all().delete()
    else:
        rows = [Slip.objects.create(company=company) for _ in range(count)]
    block = deferred_numbering()
    one.begin()
    one.do(block.__enter__)

    def lose():
        savepoint = create_savepoint()
        for row in rows:
            if model is Legacy:
                Legacy.objects.filter(pk=row.pk).delete()
                Legacy(pk=row.pk).save(force_insert=True)
            else:
                row.issued_on = DAY
                row.save()
        transaction.savepoint_rollback(savepoint)

    one.do(lose)

    def number():
        model.objects.filter(pk=rows[0].pk, note="").update(
            **({} if model is Legacy else {"issued_on": DAY}), note="other"
        )
        return assign_numbers(model.objects.filter(pk=rows[0].pk))

    two.begin()
    assert two.do(number) == 1
    end = one.waits(block.__exit__, None, None, None)
    two.commit()
    end.result(30)
    one.commit()
    assert numbers(model) == ([1, 2] if model is Legacy else [1, None])[:count]
    (last,) = Counter.objects.values_list("last", flat=True)
    assert last == (count if model is Legacy else 1)


def test_a_refused_first_use_is_told():
    Legacy.objects.create()
    Counter.objects.all().delete()
    with transaction.atomic():
        with pytest.raises(SequenceNotSynced), deferred_numbering():
            Legacy.objects.create()
        transaction.set_rollback(True)
    assert Counter.objects.count() == 0


def test_members_of_a_parent_without_a_number():
    with pytest.raises(Exception, match="null=True"), transaction.atomic(), deferred_numbering():
        Member.objects.create(name="a")


def test_a_key_that_is_changed_inside():
    with transaction.atomic(), deferred_numbering():
        row = Legacy.objects.create()
        position = Position.objects.create(contract=1, line="a")
        Legacy.objects.filter(pk=row.pk).update(id=4711)
        Position.objects.filter(pk=(1, "a")).update(contract=2)
        Legacy.objects.create()
    assert Legacy.objects.get(pk=4711).number == Legacy.objects.exclude(pk=4711).get().number - 1
    assert numbers(Position) == [1]
    assert (row.number, position.number) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_a_block_must_be_left_in_the_atomic_block_that_it_was_opened_in(fails):
    """Or its numbers are rolled back with a savepoint that its rows are not of."""
    stack = ExitStack()
    with pytest.raises(TransactionManagementError), transaction.atomic():
        stack.enter_context(deferred_numbering())
        Legacy.objects.create()
        with pytest.raises((Planned, TransactionManagementError)), transaction.atomic(), stack:
            if fails:
                raise Planned
            stack.close()
    assert numbers() == []
    assert deferred(Legacy.objects.create).number == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [1, 2])
def test_a_savepoint_of_the_block_that_is_rolled_back_after_it(rows):
    """Takes the numbers back, and not the rows that were written before it."""
    with transaction.atomic():
        with deferred_numbering():
            kept = [Legacy.objects.create() for _ in range(rows)]
            savepoint = create_savepoint()
            Legacy.objects.create()
        assert [row.number for row in kept] == list(range(1, rows + 1))
        transaction.savepoint_rollback(savepoint)
        assert numbers() == list(range(1, rows + 1))
        with pytest.raises(Planned), transaction.atomic():
            raise Planned
    assert numbers() == [row.number for row in kept]
    assert get_last_value("legacy") == rows


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_from_before_the_block():
    with transaction.atomic():
        savepoint = create_savepoint()
        with transaction.atomic(savepoint=False), deferred_numbering():
            Legacy.objects.create()
        transaction.savepoint_rollback(savepoint)
        assert numbers() == []
        assert Legacy.objects.create().number == 1
    assert numbers() == [1]


@pytest.mark.django_db(transaction=True)
def test_two_blocks_of_one_transaction_and_a_savepoint_of_the_first():
    with transaction.atomic():
        with deferred_numbering():
            Legacy.objects.create()
            savepoint = create_savepoint()
        with deferred_numbering():
            Legacy.objects.create()
            transaction.savepoint_rollback(savepoint)
            Legacy.objects.create()
    assert None not in numbers()
    assert sorted(numbers()) == list(range(1, len(numbers()) + 1))


def test_instances_whose_keys_are_not_as_the_database_has_them():
    """They are told their numbers all the same."""
    with transaction.atomic(), deferred_numbering():
        text = Voucher.objects.create(code="3.50")
        expression = Voucher.objects.create(code=Value(Decimal(4)) + Value(Decimal(1)))
        with pytest.raises(ValueError, match="rounds to 2"), transaction.atomic():
            Voucher.objects.create(code="4.505")
    # MySQL, which does not tell what the expression was, numbers that row at once.
    assert sorted([text.number, expression.number]) == sorted(numbers(Voucher)) == [1, 2]


@pytest.fixture
def updates_are_dropped():
    """A trigger of the database keeps the slips as they are, and says nothing."""
    if connection.vendor == "sqlite":
        create = [
            "CREATE TRIGGER keep BEFORE UPDATE ON testapp_slip BEGIN SELECT RAISE(IGNORE); END"
        ]
    elif connection.vendor == "postgresql":
        create = [
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER keep BEFORE UPDATE ON testapp_slip "
            "FOR EACH ROW EXECUTE FUNCTION keep()",
        ]
    else:
        pytest.skip("no trigger can drop an UPDATE there")

    def begin():
        with connection.cursor() as cursor:
            for statement in create:
                cursor.execute(statement)

    return begin


@pytest.mark.parametrize("count", [1, 3])
def test_numbers_that_a_trigger_does_not_let_in_are_not_lost(updates_are_dropped, count):
    company = Company.objects.create(name="a")
    drafts = Slip.objects.bulk_create([Slip(company=company) for _ in range(count)])
    updates_are_dropped()
    drafts[0].issued_on = DAY
    with pytest.raises(DatabaseError, match="was not updated"), transaction.atomic():
        drafts[0].save()
    with pytest.raises(DatabaseError, match="were not updated"), transaction.atomic():
        deferred(
            lambda: Slip.objects.bulk_create(
                [Slip(company=company, issued_on=DAY) for _ in range(count)]
            )
        )
    assert numbers(Slip) == [None] * count
    assert not Counter.objects.exists()
