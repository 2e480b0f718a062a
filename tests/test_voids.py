"""Numbers that are void: refused where a row has them, explained to an audit, never given again."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import ProtectedError

from gapless_fields import (
    GaplessError,
    NotVoidable,
    NumberInUse,
    Sequence,
    SequenceNotSynced,
    accept_numbers,
    get_next_value,
    get_next_values,
    void_and_delete,
)
from gapless_fields.audit import audit
from gapless_fields.models import Counter, RegisterEntry
from gapless_fields.series.ranges import NumberRange
from tests.actors import two_actors
from tests.testapp.models import (
    Company,
    Customer,
    Invoice,
    Member,
    PaidInvoice,
    Person,
    Receipt,
    Refund,
    Slip,
)

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def entries():
    return list(RegisterEntry.objects.order_by("pk").values_list("name", "first", "last"))


@pytest.fixture
def invoices():
    with transaction.atomic():
        return [Invoice.objects.create() for _ in range(5)]


def series_of(model):
    return model._meta.get_field("number").sequence_for(model())


def delete_behind_the_orm(row):
    with connection.cursor() as cursor:
        table, pk = row._meta.db_table, row._meta.pk.column
        cursor.execute(f"DELETE FROM {table} WHERE {pk} = %s", [row.pk])


def test_a_void_explains_a_missing_number(invoices):
    delete_behind_the_orm(invoices[2])
    report = audit(Invoice)
    assert report.series[0].missing == (NumberRange(3, 3),)
    before = datetime.datetime.now(datetime.UTC)
    series_of(Invoice).void(3, reason="lost in a restore", by="Ada")
    (one,) = audit(Invoice).series
    assert one.is_complete
    (void,) = one.voids
    assert void.numbers == NumberRange(3, 3)
    assert (void.reason, void.by, void.row) == ("lost in a restore", "Ada", None)
    assert before <= void.recorded_at <= datetime.datetime.now(datetime.UTC)


def test_several_numbers_and_ranges():
    get_next_values(1_000_000, "x")
    Sequence("x").void([3, range(5, 9), 9, range(2, 2)], reason="r")
    Sequence("x").void(range(1_000, 900_001), reason="r")
    assert entries() == [("x", 3, 3), ("x", 5, 9), ("x", 1_000, 900_000)]


@pytest.mark.parametrize(
    ("numbers", "error", "text"),
    [
        (0, NotVoidable, "from 1 to 5"),
        (6, NotVoidable, "from 1 to 5"),
        (range(4, 7), NotVoidable, "from 1 to 5"),
        (2, NotVoidable, "void_and_delete"),
        (range(2, 4), NotVoidable, "testapp.Invoice.number"),
        ([], ValueError, "no number"),
        ("3", TypeError, "integer"),
        (True, TypeError, "integer"),
        (2.0, TypeError, "integer"),
    ],
)
def test_what_cannot_be_voided(invoices, numbers, error, text):
    delete_behind_the_orm(invoices[2])
    with pytest.raises(error, match=text), transaction.atomic():
        series_of(Invoice).void(numbers, reason="r")
    assert entries() == []


def test_a_reason_is_needed(invoices):
    delete_behind_the_orm(invoices[2])
    for reason in ("", "  "):
        with pytest.raises(ValueError, match="reason"):
            series_of(Invoice).void(3, reason=reason)
    with pytest.raises(ValueError, match="reason"):
        void_and_delete(invoices[0], reason="")
    assert Invoice.objects.count() == 4


def test_an_unused_series_stays_unused():
    with pytest.raises(NotVoidable, match="no number yet"), transaction.atomic():
        Sequence("unused").void(1, reason="r")
    assert not Counter.objects.filter(name="unused").exists()


def test_twice(invoices):
    delete_behind_the_orm(invoices[2])
    series_of(Invoice).void(3, reason="first")
    with pytest.raises(NotVoidable, match="register has it"), transaction.atomic():
        series_of(Invoice).void([3], reason="second")
    assert len(entries()) == 1


def test_a_series_that_loops():
    get_next_value("x", reset_value=5)
    with pytest.raises(ValueError, match="starts again"), transaction.atomic():
        Sequence("x", reset_value=5).void(1, reason="r")


def test_a_rollback_takes_a_void_back(invoices):
    delete_behind_the_orm(invoices[2])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        series_of(Invoice).void(3, reason="r")
        raise ZeroDivisionError
    assert entries() == []


def test_a_row_that_is_deleted_in_the_same_transaction(invoices):
    with transaction.atomic():
        invoices[4].delete()
        series_of(Invoice).void(5, reason="a test")
        assert Invoice.objects.create().number == 6
    assert audit(Invoice).is_complete


# void_and_delete()


def test_void_and_delete(invoices):
    key = invoices[1].pk
    (entry,) = void_and_delete(invoices[1], reason="issued twice", by="Ada")
    assert not Invoice.objects.filter(pk=key).exists()
    assert (entry.first, entry.last, entry.reason, entry.by) == (2, 2, "issued twice", "Ada")
    entry = RegisterEntry.objects.get()
    assert entry.row["model"] == "testapp.Invoice"
    assert entry.row["pk"] == key
    assert entry.row["fields"]["number"] == 2
    assert audit(Invoice).is_complete


def test_void_and_delete_a_queryset_and_a_list(invoices):
    void_and_delete(Invoice.objects.filter(number__lte=2), reason="r")
    void_and_delete(invoices[2:4], reason="r")
    assert void_and_delete(Invoice.objects.none(), reason="r") == []
    assert [first for _name, first, _last in entries()] == [1, 2, 3, 4]
    assert list(Invoice.objects.values_list("number", flat=True)) == [5]


def test_rows_of_several_series():
    one, two = (Company.objects.create() for _ in range(2))
    day = datetime.date(2026, 5, 17)
    with transaction.atomic():
        rows = [Slip.objects.create(company=c, issued_on=day) for c in (two, one, two)]
        draft = Slip.objects.create(company=one)
    void_and_delete([*rows, draft], reason="r")
    assert {(entry.scope, entry.first) for entry in RegisterEntry.objects.all()} == {
        (f'["{one.pk}", "2026"]', 1),
        (f'["{two.pk}", "2026"]', 1),
        (f'["{two.pk}", "2026"]', 2),
    }
    assert RegisterEntry.objects.first().row["fields"]["issued_on"] == "2026-05-17"
    assert not Slip.objects.exists()
    assert audit(Slip).is_complete


def test_rows_that_are_deleted_with_another_one():
    """Of a multi-table child, the parent's row is another one."""
    with transaction.atomic():
        member = Member.objects.create(name="m")
        paid = PaidInvoice.objects.create()
    void_and_delete(Person.objects.get(pk=member.pk), reason="r")
    void_and_delete(paid, reason="r")
    assert entries() == [("members", 1, 1), ("invoices", 1, 1)]
    assert not Person.objects.exists()
    assert not Invoice.objects.exists()


def test_a_row_that_others_protect(invoices):
    customer = Customer.objects.create()
    Invoice.objects.update(customer=customer)
    with pytest.raises(ProtectedError), transaction.atomic():
        void_and_delete(customer, reason="r")
    assert Invoice.objects.count() == 5


def test_a_row_that_stays(invoices, monkeypatch):
    def delete(self):
        """A soft delete: the row stays."""

    monkeypatch.setattr(Invoice, "delete", delete)
    with pytest.raises(NotVoidable, match="carries it"), transaction.atomic():
        void_and_delete(invoices[0], reason="r")
    assert entries() == []


def test_a_number_that_was_not_given(invoices):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_invoice SET number = 100 WHERE number = 2")
    with pytest.raises(NotVoidable, match="from 1 to 5"), transaction.atomic():
        void_and_delete(Invoice.objects.filter(number=100), reason="r")
    assert Invoice.objects.count() == 5


def test_another_row_with_the_number():
    with transaction.atomic():
        receipt, refund = Receipt.objects.create(), Refund.objects.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_refund SET number = 1")
    with pytest.raises(NotVoidable, match="testapp.Refund.number"), transaction.atomic():
        void_and_delete(receipt, reason="r")
    assert Receipt.objects.exists()
    assert refund.number == 2


# Never given again


def test_a_series_whose_counter_is_lost(invoices):
    void_and_delete(Invoice.objects.all(), reason="r")
    Counter.objects.all().delete()
    with pytest.raises(SequenceNotSynced, match="void"), transaction.atomic():
        Invoice.objects.create()
    with pytest.raises(SequenceNotSynced, match="void"), transaction.atomic():
        get_next_value("invoices")
    with transaction.atomic():
        series_of(Invoice).advance_to(5)
        assert Invoice.objects.create().number == 6


def test_sync_looks_at_the_register(invoices):
    void_and_delete(Invoice.objects.filter(number__gt=3), reason="r")
    Counter.objects.all().delete()
    call_command("sync_sequences", stdout=io.StringIO())
    with transaction.atomic():
        assert Invoice.objects.create().number == 6


def test_a_void_number_is_not_imported(invoices):
    void_and_delete(invoices[1], reason="r")
    with pytest.raises(NumberInUse, match="void"), transaction.atomic(), accept_numbers():
        Invoice.objects.create(number=2)
    with pytest.raises(NumberInUse, match="void"), transaction.atomic(), accept_numbers():
        Invoice.objects.bulk_create([Invoice(number=7), Invoice(number=2)])
    with pytest.raises(NumberInUse, match="void"), transaction.atomic():
        Invoice(number=2).save_base(raw=True)
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 3, 4, 5]


# The register


def test_the_register_is_append_only(invoices):
    (entry,) = void_and_delete(invoices[1], reason="r")
    entry.reason = "another"
    for change in (
        entry.save,
        entry.delete,
        RegisterEntry.objects.all().delete,
        lambda: RegisterEntry.objects.update(reason="another"),
    ):
        with pytest.raises(TypeError, match="append-only"):
            change()
    assert str(RegisterEntry.objects.get()) == "invoices 2: r"


# Other sessions


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_two_that_void_the_same_number(invoices):
    delete_behind_the_orm(invoices[2])
    with two_actors() as (one, two):
        one.begin()
        one.do(series_of(Invoice).void, 3, reason="first")
        other = two.start(series_of(Invoice).void, 3, reason="second")
        one.commit()
        with pytest.raises(GaplessError):
            other.result(30)
    assert [entry.reason for entry in RegisterEntry.objects.all()] == ["first"]


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_a_session_that_is_killed(invoices):
    with two_actors() as (one, _two):
        one.begin()
        one.do(void_and_delete, Invoice.objects.filter(number=2), reason="r")
    assert Invoice.objects.count() == 5
    assert entries() == []
    assert audit(Invoice).is_complete


# The command


def run(*arguments):
    output = io.StringIO()
    call_command("void_number", *arguments, stdout=output)
    return output.getvalue()


def test_the_command():
    get_next_values(9, "cases", scope=("a", 2026))
    command = ("cases", "3", "5-7", "--scope", "a", "2026", "--reason", "lost", "--by", "Ada")
    assert run(*command) == "Void: 4 numbers.\n"
    assert entries() == [("cases", 3, 3), ("cases", 5, 7)]
    with pytest.raises(CommandError, match="register has it"):
        run(*command)
    with pytest.raises(CommandError, match="neither a number nor a range"):
        run("cases", "three", "--reason", "lost")
