"""Explicit numbers, numbers changed by hand, stale copies; ``accept_numbers()``."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, NotSupportedError, transaction
from django.db.models import F

from gapless_fields import (
    NumberChanged,
    NumberNotIssued,
    OnConflictNotSupported,
    Sequence,
    accept_numbers,
    get_last_value,
)
from tests.raw import raw_update
from tests.testapp.models import Bare, Customer, Invoice, Job, Legacy

pytestmark = pytest.mark.django_db


def numbers(model=Invoice):
    return sorted(model.objects.values_list("number", flat=True))


@pytest.fixture
def customer():
    return Customer.objects.create(name="c")


@pytest.mark.parametrize("with_customer", [False, True])
@pytest.mark.parametrize("bulk", [False, True])
def test_number_that_was_not_issued_is_refused(customer, with_customer, bulk):
    """Assigning a related object sets _state.db, which must not make the number a loaded one."""
    Invoice.objects.create()
    row = Invoice(number=5, customer=customer if with_customer else None)
    with pytest.raises(NumberNotIssued, match=r"accept_numbers\(\)"), transaction.atomic():
        Invoice.objects.bulk_create([Invoice(), row]) if bulk else row.save()
    assert numbers() == [1]
    assert get_last_value("invoices") == 1


@pytest.mark.parametrize("number", [0, -1, 5])
def test_number_of_an_unused_series_is_refused(number):
    with pytest.raises(NumberNotIssued), transaction.atomic():
        Invoice.objects.create(number=number)
    assert get_last_value("invoices") is None


@pytest.mark.parametrize("number", [2, "1"])
@pytest.mark.parametrize("deleted", [False, True])
def test_number_that_was_issued_is_refused_too(number, deleted):
    """It is another row's, or was."""
    Invoice.objects.bulk_create([Invoice() for _ in range(3)])
    if deleted:
        Invoice.objects.filter(number=number).delete()
    with pytest.raises(NumberNotIssued, match="Leave the number out"), transaction.atomic():
        Invoice.objects.create(number=number)
    assert Invoice.objects.create().number == 4


@pytest.mark.parametrize("number", ["x", F("id"), object()])
def test_number_that_is_no_integer(number):
    with pytest.raises(NumberNotIssued), transaction.atomic():
        Invoice.objects.create(number=number)
    with pytest.raises((TypeError, ValueError)), accept_numbers(), transaction.atomic():
        Invoice.objects.create(number=number)
    assert get_last_value("invoices") is None


def test_accept_numbers():
    with accept_numbers():
        assert Invoice.objects.create(number=10).number == 10
        assert Invoice.objects.create().number == 11
        assert Invoice.objects.create(number=7).number == 7
        rows = Invoice.objects.bulk_create([Invoice(), Invoice(number=20), Invoice(number=15)])
        assert [row.number for row in rows] == [21, 20, 15]
    assert Invoice.objects.create().number == 22
    with pytest.raises(NumberNotIssued), transaction.atomic():
        Invoice.objects.create(number=30)


def test_accept_numbers_below_the_first():
    with accept_numbers():
        Invoice.objects.create(number=0)
    assert get_last_value("invoices") is None
    assert Invoice.objects.create().number == 1


def test_accept_numbers_as_a_decorator():
    accept_numbers()(Invoice.objects.create)(number=3)
    assert get_last_value("invoices") == 3


def test_accept_numbers_gives_back_what_is_rolled_back():
    with accept_numbers(), pytest.raises(ZeroDivisionError), transaction.atomic():
        Invoice.objects.create(number=10)
        raise ZeroDivisionError
    assert get_last_value("invoices") is None


def test_looping_numbers_must_be_in_the_loop():
    with pytest.raises(NumberNotIssued), transaction.atomic():
        Job.objects.create(number=3)
    assert Job.objects.create().number == 1
    for number in (0, 4):
        never = pytest.raises(NumberNotIssued, match="never gives")
        with never, accept_numbers(), transaction.atomic():
            Job.objects.create(number=number)
    assert Job.objects.create().number == 2
    with accept_numbers():
        Job.objects.create(number=3)
    assert Job.objects.create().number == 1


def test_rows_that_collide_with_the_counter_are_refused_while_importing():
    Legacy.objects.bulk_create([Legacy(note="a")])
    raw_update(Legacy.objects, number=50)
    Sequence("legacy").delete()
    refused = pytest.raises(IntegrityError, match="sync_sequences")
    with refused, accept_numbers(), transaction.atomic():
        Legacy.objects.create(number=10)


def test_update_does_not_write_the_number():
    Invoice.objects.create()
    stale = Invoice.objects.get()
    raw_update(Invoice.objects, number=9)
    stale.note = "n"
    stale.save()
    assert Invoice.objects.values_list("number", "note").get() == (9, "n")
    assert stale.number == 9  # no instance tells another number than its row has


def test_update_by_a_stale_draft_does_not_erase_the_number():
    Legacy.objects.create()
    raw_update(Legacy.objects, number=None)
    draft = Legacy.objects.get()
    raw_update(Legacy.objects, number=9)
    draft.note = "n"
    draft.save()
    assert Legacy.objects.values_list("number", "note").get() == (9, "n")


@pytest.mark.parametrize("number", [2, None])
@pytest.mark.parametrize("only", [None, ["number"], ["note", "number"]])
def test_number_changed_by_hand(number, only):
    Invoice.objects.create()
    for invoice in (Invoice.objects.get(), Invoice.objects.create()):
        before = invoice.number
        invoice.number = 50 if number else None
        with pytest.raises(NumberChanged, match=f"is {before} and"), transaction.atomic():
            invoice.save(update_fields=only)
        invoice.refresh_from_db()
        invoice.save()
        assert invoice.number == before
    assert numbers() == [1, 2]


def test_instance_put_together_by_hand(django_assert_num_queries):
    pk = Invoice.objects.create().pk
    twin = Invoice(pk=pk, number=1, note="n")
    twin.save()
    with django_assert_num_queries(1):  # compared with the row the first time only
        twin.save()
    assert Invoice.objects.values_list("number", "note").get() == (1, "n")
    with pytest.raises(NumberChanged), transaction.atomic():
        Invoice(pk=pk, number=2).save()
    Invoice(pk=pk, note="m").save()
    assert Invoice.objects.values_list("number", "note").get() == (1, "m")


def test_update_of_a_row_that_is_not_there_inserts(django_assert_num_queries):
    Invoice.objects.create()
    invoice = Invoice(pk=500)
    invoice.save()
    assert invoice.number == 2
    with pytest.raises(NumberNotIssued), transaction.atomic():
        Invoice(pk=501, number=77).save()


def test_deferred_number_is_not_loaded(django_assert_num_queries):
    Invoice.objects.create()
    invoice = Invoice.objects.defer("number").get()
    with django_assert_num_queries(1):
        invoice.save()
    assert numbers() == [1]


def test_select_on_save_and_only_a_number():
    row = Bare.objects.create()
    assert Bare.objects.get().number == row.number
    Bare._meta.select_on_save = True
    try:
        row.save()
    finally:
        Bare._meta.select_on_save = False
    assert numbers(Bare) == [1]
    gone = Bare.objects.get()
    Bare.objects.all().delete()
    gone.save()
    assert numbers(Bare) == [2]


@pytest.mark.parametrize(
    "options",
    [
        {"ignore_conflicts": True},
        {
            "update_conflicts": True,
            "update_fields": ["note"],
            "unique_fields": ["reference"],
        },
    ],
)
def test_on_conflict_is_refused(options):
    from django.db import connection

    if not connection.features.supports_update_conflicts_with_target:
        options = {key: value for key, value in options.items() if key != "unique_fields"}
    with pytest.raises(OnConflictNotSupported, match="gap"), transaction.atomic():
        Invoice.objects.bulk_create([Invoice(reference="a")], **options)
    with pytest.raises(NotSupportedError), transaction.atomic():
        Invoice.objects.bulk_create([Invoice(reference="a")], **options)
    assert get_last_value("invoices") is None


def test_on_conflict_must_not_write_numbers():
    from django.db import connection

    Invoice.objects.create(reference="a")
    options = {"update_conflicts": True, "update_fields": ["note"]}
    if connection.features.supports_update_conflicts_with_target:
        options["unique_fields"] = ["number"]
    row = Invoice(number=1, note="n")
    with pytest.raises(NumberNotIssued), transaction.atomic():
        Invoice.objects.bulk_create([row], **options)
    with accept_numbers():
        Invoice.objects.bulk_create([row], **options)
    assert Invoice.objects.values_list("number", "note").get() == (1, "n")
    options["update_fields"] = ["note", "number"]
    with pytest.raises(OnConflictNotSupported, match="update_fields"), transaction.atomic():
        Invoice.objects.bulk_create([row], **options)


@pytest.mark.parametrize("arguments", [("default", ["number"]), ("default",), ()])
def test_refresh_from_db_as_django_takes_its_arguments(arguments):
    row = Invoice.objects.create()
    raw_update(Invoice.objects, number=5)
    with pytest.raises(NumberChanged), transaction.atomic():
        Invoice.objects.update(number=6)
    row.refresh_from_db(*arguments)
    row.note = "n"
    row.save()
    assert Invoice.objects.values_list("number", "note").get() == (5, "n")
