"""Numbers that new rows bring along: refused, or let in by ``accept_numbers()``."""

from __future__ import annotations

import copy
import datetime
import pickle

import pytest
from django.db import connection, transaction
from django.forms import model_to_dict

from gapless_fields import (
    NumberInUse,
    NumberNotIssued,
    SequenceNotSynced,
    accept_numbers,
    deferred_numbering,
    get_last_value,
)
from gapless_fields.models import Counter
from tests.raw import raw_update
from tests.testapp.models import Company, Forward, Invoice, Job, Legacy, Receipt, Refund, Slip, Stub

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 31)


def refused(error, action, *args, **kwargs):
    with pytest.raises(error) as raised, transaction.atomic():
        action(*args, **kwargs)
    return str(raised.value)


def numbers(model):
    return sorted(model.objects.values_list("number", flat=True))


def test_clones():
    """Every way to build a new row from the values of another."""
    original = Invoice.objects.create(note="n")
    values = Invoice.objects.values().get()
    del values["id"]
    attributes = {
        field.attname: getattr(original, field.attname)
        for field in Invoice._meta.fields
        if not field.primary_key
    }
    for clone in (lambda: Invoice(**values), lambda: Invoice(**attributes)):
        message = refused(NumberNotIssued, lambda clone=clone: clone().save())
        assert "testapp.Invoice.number of a new row is 1" in message
        assert "accept_numbers()" in message
        refused(NumberNotIssued, Invoice.objects.bulk_create, [Invoice(), clone()])
    for row in (
        Invoice(**model_to_dict(original, exclude=["id"])),
        copy.copy(original),
        copy.deepcopy(original),
        pickle.loads(pickle.dumps(original)),
    ):
        row.pk, row._state.adding = None, True
        row.save()
    assert numbers(Invoice) == [1, 2, 3, 4, 5]


def test_a_row_of_another_model_that_shares_the_series():
    number = Receipt.objects.create().number
    refused(NumberNotIssued, Refund.objects.create, number=number)
    refused(NumberNotIssued, Refund.objects.get_or_create, number=number)
    with accept_numbers():
        message = refused(NumberInUse, Refund.objects.create, number=number)
        assert "testapp.Refund.number of a new row is 1, which another row" in message
        refused(NumberInUse, Refund.objects.bulk_create, [Refund(number=2), Refund(number=1)])
        Refund.objects.create(number=3)
        refused(NumberInUse, Receipt.objects.create, number=3)
    assert (numbers(Receipt), numbers(Refund), get_last_value("shared")) == ([1], [3], 3)


def test_a_number_of_a_transaction_that_was_rolled_back():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        number = Invoice.objects.create().number
        raise ZeroDivisionError
    refused(NumberNotIssued, Invoice.objects.create, number=number)
    assert Invoice.objects.create().number == 1


def test_a_draft():
    company = Company.objects.create(name="a")
    refused(NumberNotIssued, Slip.objects.create, company=company, number=1)
    refused(NumberNotIssued, Slip(pk=77, company=company, number=1).save)


@pytest.mark.parametrize("model", [Slip, Stub])
def test_numbers_that_are_in_use_are_refused_where_no_constraint_does(model):
    one, two = (Company.objects.create(name=name) for name in "ab")
    for _ in range(3):
        Slip.objects.create(company=one, issued_on=DAY)
    with accept_numbers():
        for values in ({"number": 2}, {"number": "3"}):
            refused(NumberInUse, model.objects.create, company=one, issued_on=DAY, **values)
        rows = [model(company=one, issued_on=DAY, number=n) for n in (7, 8, 7)]
        refused(NumberInUse, model.objects.bulk_create, rows)
        model.objects.create(company=two, issued_on=DAY, number=2)  # another series
        model.objects.create(company=one, issued_on=datetime.date(2027, 1, 1), number=2)
    scopes = [(one, 2026), (one, 2027), (two, 2026)]
    assert [get_last_value("slips", scope=scope) for scope in scopes] == [3, 2, 2]


def test_a_counter_that_is_behind_lets_no_double_in():
    Legacy.objects.bulk_create([Legacy() for _ in range(5)])
    Counter.objects.update(last=2)
    with accept_numbers():
        refused(NumberInUse, Legacy.objects.create, number=4)
        Counter.objects.all().delete()
        refused(NumberInUse, Legacy.objects.create, number=4)
        raw_update(Legacy.objects.filter(number=4), number=None)
        refused(SequenceNotSynced, Legacy.objects.create, number=4)  # 5 is there
    assert not Counter.objects.exists()


def test_loops_give_their_numbers_again():
    Job.objects.bulk_create([Job() for _ in range(4)])
    with accept_numbers():
        Job.objects.create(number=3)
    assert numbers(Job) == [1, 1, 2, 3, 3]


def test_a_number_of_a_loop_moves_the_counter():
    with accept_numbers():
        Job.objects.create(number=2)
    assert get_last_value("jobs") == 2
    assert [Job.objects.create().number for _ in range(2)] == [3, 1]


def test_fields_that_take_numbers_of_two_sequences():
    with accept_numbers():
        Forward.objects.create(first=5, second=9)
        row = Forward.objects.create(first=6)
    assert (row.first, row.second) == (6, 10)
    assert (get_last_value("a"), get_last_value("b")) == (6, 10)


def test_rows_that_a_conflict_leaves_out_move_no_counter():
    Invoice.objects.create(reference="a")
    lost = Invoice(number=50, reference="a")
    with accept_numbers():
        Invoice.objects.bulk_create([lost], ignore_conflicts=True)
        assert (numbers(Invoice), get_last_value("invoices")) == ([1], 1)
        rows = [Invoice(number=7, reference="b"), Invoice(number=60, reference="a")]
        Invoice.objects.bulk_create(rows, ignore_conflicts=True)
        assert (numbers(Invoice), get_last_value("invoices")) == ([1, 7], 7)
        Invoice.objects.bulk_create(rows, ignore_conflicts=True)  # once more
    assert Invoice.objects.create().number == 8
    Counter.objects.all().delete()
    with accept_numbers():
        Invoice.objects.bulk_create([Invoice(number=8, reference="x")], ignore_conflicts=True)
        assert get_last_value("invoices") == 8


def test_a_conflict_that_leaves_nothing_in_makes_no_counter():
    Invoice.objects.create(reference="a")
    Counter.objects.all().delete()
    with accept_numbers():
        Invoice.objects.bulk_create([Invoice(number=5, reference="a")], ignore_conflicts=True)
    assert not Counter.objects.exists()


def test_conflicts_let_no_double_in():
    """Where the other row is in another table, which no constraint covers."""
    Receipt.objects.create()
    with accept_numbers():
        refused(NumberInUse, Refund.objects.bulk_create, [Refund(number=1)], ignore_conflicts=True)
    assert numbers(Refund) == []


def test_inside_deferred_numbering():
    Legacy.objects.create()
    with transaction.atomic(), deferred_numbering(), accept_numbers():
        refused(NumberInUse, Legacy.objects.create, number=1)
        later = Legacy.objects.create()
        Legacy.objects.create(number=9)
    assert later.number == 10


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_number(actors, rows_have_locks):
    one, two = actors
    company = Company.objects.create(name="a")

    def bring():
        with accept_numbers():
            return Slip.objects.create(company=company, issued_on=DAY, number=4)

    one.begin()
    one.do(bring)
    two.begin()
    waiting = two.waits(bring)
    one.commit()
    with pytest.raises(NumberInUse):
        waiting.result(30)
    two.rollback()
    assert numbers(Slip) == [4]


@pytest.mark.django_db(transaction=True)
def test_where_autocommit_is_off():
    """A refusal that is caught leaves nothing to be committed."""
    Legacy.objects.create()
    Counter.objects.all().delete()
    transaction.set_autocommit(False)
    try:
        with pytest.raises(SequenceNotSynced):
            Legacy.objects.create()
        with accept_numbers(), pytest.raises(NumberInUse):
            Legacy.objects.create(number=1)
        transaction.commit()
        assert not Counter.objects.exists()
    finally:
        connection.rollback()
        transaction.set_autocommit(True)


@pytest.mark.django_db(databases=["default", "other"])
def test_rows_that_were_loaded_keep_their_numbers_inside():
    """Rows that are restored, or taken to another database; copies get their own."""
    Invoice.objects.bulk_create([Invoice(note=str(n)) for n in range(4)])
    rows = list(Invoice.objects.order_by("pk"))
    Invoice.objects.all().delete()
    with accept_numbers():
        Invoice.objects.bulk_create(rows[1:3])
        rows[3].save(force_insert=True)
        rows[3].save(using="other", force_insert=True)
        copied = Invoice.objects.get(number=2)
        copied.pk, copied._state.adding = None, True
        copied.save()
    assert numbers(Invoice) == [2, 3, 4, 5]
    assert Invoice.objects.using("other").get().number == 4
    rows[0].pk = None
    rows[0].save()
    assert rows[0].number == 6


def test_blocks_that_are_left_in_the_order_in_which_they_were_entered():
    one, two = accept_numbers(), accept_numbers()
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    Invoice.objects.create(number=7)
    two.__exit__(None, None, None)
    refused(NumberNotIssued, Invoice.objects.create, number=9)
