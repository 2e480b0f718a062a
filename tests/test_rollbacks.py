"""A number is taken if, and only if, its row is committed."""

from __future__ import annotations

import copy
import pickle

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.signals import post_save
from django.db.transaction import TransactionManagementError

from gapless_fields import get_last_value, get_next_value
from tests.testapp.models import Forward, Invoice, Letter, Parcel

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Outside atomic() on purpose, in a test module: passed over.
]


def numbers(model=Invoice):
    return sorted(model.objects.values_list("number", flat=True))


@pytest.fixture
def taken():
    """An invoice whose reference no other row may have."""
    return Invoice.objects.create(reference="taken")


def save(row):
    row.save()


def bulk_create(row):
    Invoice.objects.bulk_create([row])


def bulk_create_many(row):
    Invoice.objects.bulk_create([Invoice(), row, Invoice()])


def bulk_create_with_primary_keys(row):
    Invoice.objects.bulk_create([Invoice(pk=50), row, Invoice(pk=51), Invoice()])


insert = pytest.mark.parametrize(
    "insert", [save, bulk_create, bulk_create_many, bulk_create_with_primary_keys]
)


@insert
def test_failed_insert_in_autocommit(taken, insert):
    with pytest.raises(IntegrityError):
        insert(Invoice(reference="taken"))
    assert get_last_value("invoices") == 1
    assert Invoice.objects.create().number == 2
    assert numbers() == [1, 2]


@insert
def test_failed_insert_in_a_savepoint(taken, insert):
    with transaction.atomic():
        first = Invoice.objects.create()
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(Invoice(reference="taken"))
        second = Invoice.objects.create()
    assert (first.number, second.number) == (2, 3)
    assert numbers() == [1, 2, 3]


@insert
def test_failed_insert_that_is_caught_spoils_the_atomic_block(taken, insert):
    with pytest.raises(TransactionManagementError), transaction.atomic():
        with pytest.raises(IntegrityError):
            insert(Invoice(reference="taken"))
        Invoice.objects.create()
    assert get_last_value("invoices") == 1
    assert numbers() == [1]


@insert
def test_failed_insert_that_is_caught_and_ends_the_atomic_block(taken, insert):
    with transaction.atomic(), pytest.raises(IntegrityError):
        insert(Invoice(reference="taken"))
    assert get_last_value("invoices") == 1


@insert
def test_failed_insert_without_autocommit(taken, insert):
    transaction.set_autocommit(False)
    try:
        with pytest.raises(IntegrityError):
            insert(Invoice(reference="taken"))
        if not connection.needs_rollback:
            Invoice.objects.create()
        transaction.commit()
        connection.needs_rollback = False
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    assert numbers() == list(range(1, Invoice.objects.count() + 1))
    assert get_last_value("invoices") == Invoice.objects.count()


def test_failed_multi_table_insert_without_autocommit():
    """save_base() opens a block of its own, which the project may commit after a failure."""
    letter = Letter.objects.create(text="a")
    transaction.set_autocommit(False)
    try:
        with pytest.raises(IntegrityError):
            Letter(pk=letter.pk, document_ptr_id=letter.pk, text="b").save(force_insert=True)
        transaction.commit()
        connection.needs_rollback = False
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    assert get_last_value("documents") == 1


def test_exception_after_the_save():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Invoice.objects.create()
        raise ZeroDivisionError
    assert get_last_value("invoices") is None
    assert Invoice.objects.create().number == 1


def test_savepoints_give_their_numbers_back():
    with transaction.atomic():
        kept = Invoice.objects.create()
        sid = connection.savepoint()
        assert Invoice.objects.create().number == 2
        assert Invoice.objects.bulk_create([Invoice(), Invoice()])[1].number == 4
        connection.savepoint_rollback(sid)
        again = Invoice.objects.create()
    assert (kept.number, again.number) == (1, 2)
    assert numbers() == [1, 2]


def test_retry_of_a_rolled_back_instance_gets_a_fresh_number():
    invoice = Invoice()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Invoice.objects.create()
        invoice.save()
        raise ZeroDivisionError
    assert invoice.number == 2
    invoice.save()
    assert invoice.number == 1
    assert numbers() == [1]


def test_retry_of_a_rolled_back_batch():
    rows = [Invoice(), Invoice()]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Invoice.objects.create()
        Invoice.objects.bulk_create(rows)
        raise ZeroDivisionError
    for row in rows:
        row.pk = None
    Invoice.objects.bulk_create(rows)
    assert [row.number for row in rows] == [1, 2]


def test_retry_with_a_primary_key_of_its_own():
    parcel = Parcel()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Parcel.objects.create()
        parcel.save()
        raise ZeroDivisionError
    Parcel.objects.create()
    parcel.save()
    assert numbers(Parcel) == [1, 2]


def as_in_the_docs(row):
    row.pk = None
    row._state.adding = True
    return row


def by_primary_key(row):
    row.pk = None
    return row


def by_copy(row):
    return by_primary_key(copy.copy(row))


def by_deepcopy(row):
    return by_primary_key(copy.deepcopy(row))


def by_pickle(row):
    return by_primary_key(pickle.loads(pickle.dumps(row)))


def by_refresh(row):
    row.refresh_from_db()
    return by_primary_key(row)


def by_load(row):
    return by_primary_key(Invoice.objects.get(pk=row.pk))


def by_deferred_load(row):
    row = Invoice.objects.defer("number").get(pk=row.pk)
    assert row.number == 1
    return by_primary_key(row)


def by_raw_query(row):
    (row,) = Invoice.objects.raw("SELECT * FROM testapp_invoice")
    return by_primary_key(row)


@pytest.mark.parametrize(
    "duplicate",
    [
        as_in_the_docs,
        by_primary_key,
        by_copy,
        by_deepcopy,
        by_pickle,
        by_refresh,
        by_load,
        by_deferred_load,
        by_raw_query,
    ],
)
def test_copies_get_a_fresh_number(duplicate):
    original = Invoice.objects.create()
    twin = duplicate(original)
    twin.save()
    assert twin.number == 2
    bulk_twin = by_primary_key(twin)
    Invoice.objects.bulk_create([bulk_twin])
    assert bulk_twin.number == 3
    assert numbers() == [1, 2, 3]


def test_functional_api_gives_its_number_back():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert get_next_value("x") == 1
        raise ZeroDivisionError
    with transaction.atomic():
        assert get_next_value("x") == 1


def test_signals_keep_the_transaction_that_they_have_in_django():
    seen = []

    def receiver(instance, created, **kwargs):
        with transaction.atomic(durable=True):
            seen.append((instance.number, connection.in_atomic_block, created))

    post_save.connect(receiver, sender=Invoice)
    try:
        Invoice.objects.create()
    finally:
        post_save.disconnect(receiver, sender=Invoice)
    assert seen == [(1, True, True)]


def test_two_fields_of_a_failed_row():
    Forward.objects.create(pk=7)
    with pytest.raises(IntegrityError):
        Forward.objects.create(pk=7)
    assert (get_last_value("a"), get_last_value("b")) == (1, 1)


def test_error_in_another_field_while_the_statement_is_put_together():
    Invoice.objects.create()
    with pytest.raises((TypeError, ValueError)):
        Invoice.objects.create(customer_id="not a number")
    with pytest.raises((TypeError, ValueError)):
        Invoice.objects.bulk_create([Invoice(), Invoice(customer_id="not a number")])
    assert get_last_value("invoices") == 1
