"""Every way to insert a row numbers it, on every database, and in the database it goes to."""

from __future__ import annotations

import asyncio

import factory
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.forms import modelform_factory
from rest_framework.serializers import ModelSerializer

from gapless_fields import get_last_value
from gapless_fields.models import Counter
from tests.inline import in_blocks
from tests.testapp.models import (
    Bare,
    Case,
    Customer,
    Document,
    Doubled,
    Invoice,
    Job,
    Letter,
    Member,
    Order,
    PaidInvoice,
    Parcel,
    Person,
    Receipt,
    Refund,
    Ticket,
)

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def numbers(model=Invoice, using="default"):
    return list(model.objects.using(using).order_by("pk").values_list("number", flat=True))


def test_save():
    invoice = Invoice()
    assert invoice.number is None
    invoice.save()
    assert invoice.number == 1
    assert Invoice.objects.get().number == 1


def test_create():
    assert [Invoice.objects.create().number for _ in range(3)] == [1, 2, 3]
    assert numbers() == [1, 2, 3]


def test_get_or_create_and_update_or_create():
    made, created = Invoice.objects.get_or_create(reference="a")
    assert (made.number, created) == (1, True)
    found, created = Invoice.objects.get_or_create(reference="a")
    assert (found.number, created) == (1, False)
    made, created = Invoice.objects.update_or_create(reference="b", defaults={"note": "x"})
    assert (made.number, created) == (2, True)
    found, created = Invoice.objects.update_or_create(reference="b", defaults={"note": "y"})
    assert (found.number, created) == (2, False)
    assert numbers() == [1, 2]


def test_related_manager():
    customer = Customer.objects.create(name="c")
    assert customer.invoices.create().number == 1
    customer.invoices.add(Invoice(), bulk=False)
    assert numbers() == [1, 2]


def test_bulk_create_one_counter_update_per_statement(django_assert_num_queries):
    Invoice.objects.create().delete()  # the first use of a series looks for numbered rows, once
    rows = [Invoice(note=str(n)) for n in range(5)]
    with django_assert_num_queries(2), transaction.atomic(savepoint=False):
        Invoice.objects.bulk_create(rows)
    assert [row.number for row in rows] == [2, 3, 4, 5, 6]
    # The last row, alone in its batch, takes its number inside its INSERT, where that is possible.
    queries = 5 if in_blocks() else 6
    with django_assert_num_queries(queries), transaction.atomic(savepoint=False):
        Invoice.objects.bulk_create([Invoice() for _ in range(5)], batch_size=2)
    assert numbers() == list(range(2, 12))


def test_bulk_create_with_and_without_primary_keys():
    rows = [Invoice(), Invoice(pk=1000), Invoice()]
    Invoice.objects.bulk_create(rows)
    assert sorted(row.number for row in rows) == [1, 2, 3]
    assert sorted(numbers()) == [1, 2, 3]


def test_bulk_create_of_one_instance_twice():
    invoice = Invoice()
    Invoice.objects.bulk_create([invoice, Invoice(), invoice])
    assert numbers() == [1, 2, 3]
    assert invoice.number == 3


def test_proxy_shares_the_series():
    Invoice.objects.create()
    assert PaidInvoice.objects.create().number == 2
    PaidInvoice.objects.bulk_create([PaidInvoice()])
    assert numbers() == [1, 2, 3]


def test_abstract_model_gives_each_child_its_own_sequence():
    assert Ticket.objects.create(title="t").number == 100
    assert Case.objects.create(title="c").number == 100
    assert set(Counter.objects.values_list("name", flat=True)) == {"testapp.ticket", "testapp.case"}


def test_multi_table_parent_and_child():
    assert Document.objects.create().number == 1
    letter = Letter.objects.create(text="x")
    assert letter.number == 2
    assert Letter.objects.get().number == 2
    letter.text = "y"
    letter.save()
    assert numbers(Document) == [1, 2]
    assert Member.objects.create(name="m").number == 1
    assert Member(person_ptr=Person.objects.create(name="p"), name="p").save() is None
    assert numbers(Member) == [1, 2]


def test_models_that_share_a_sequence():
    made = [Receipt.objects.create(), Refund.objects.create(), Receipt.objects.create()]
    assert [row.number for row in made] == [1, 2, 3]


def test_looping():
    assert [Job.objects.create().number for _ in range(7)] == [1, 2, 3, 1, 2, 3, 1]
    rows = Job.objects.bulk_create([Job() for _ in range(7)])
    assert [row.number for row in rows] == [2, 3, 1, 2, 3, 1, 2]
    assert Job.objects.create().number == 3


def test_primary_key_with_a_default():
    assert Parcel.objects.create().number == 1
    assert [row.number for row in Parcel.objects.bulk_create([Parcel(), Parcel()])] == [2, 3]


def test_generated_column_that_depends_on_the_number():
    row = Doubled.objects.create()
    row.refresh_from_db()
    assert (row.number, row.double) == (1, 2)
    row.save()
    assert Doubled.objects.get().double == 2


def test_only_a_number():
    row = Bare.objects.create()
    row.save()
    row.save(update_fields=["number"])
    assert (row.number, Bare.objects.get().number) == (1, 1)
    with pytest.raises(Bare.DoesNotExist):
        Bare(pk=row.pk + 1).refresh_from_db()


def test_using_counts_in_the_database_of_the_row():
    Invoice.objects.create()
    assert Invoice.objects.using("other").create().number == 1
    assert Invoice.objects.db_manager("other").create().number == 2
    invoice = Invoice()
    invoice.save(using="other")
    assert invoice.number == 3
    assert Invoice.objects.using("other").bulk_create([Invoice()])[0].number == 4
    assert (get_last_value("invoices"), get_last_value("invoices", using="other")) == (1, 4)


class ToOther:
    def db_for_write(self, model, **hints):
        return "other" if model is Invoice else None


def test_router(settings):
    settings.DATABASE_ROUTERS = [ToOther()]
    assert Invoice.objects.create().number == 1
    assert Invoice.objects.bulk_create([Invoice()])[0].number == 2
    settings.DATABASE_ROUTERS = []
    assert numbers() == []
    assert numbers(using="other") == [1, 2]
    assert Counter.objects.count() == 0


def test_model_form():
    form = modelform_factory(Invoice, fields="__all__")({"note": "n"})
    assert "number" not in form.fields
    assert form.is_valid()
    assert form.save().number == 1


def test_full_clean_of_an_unnumbered_row():
    Invoice().full_clean(exclude=["note"])
    with pytest.raises(ValidationError):
        Invoice(number=-1, note="n").full_clean()


@pytest.mark.parametrize("adding", [False, True])
def test_full_clean_of_a_copy(adding):
    Invoice.objects.create(note="n")
    copy = Invoice.objects.get()
    copy.full_clean()
    assert copy.number == 1
    copy.pk = None
    copy._state.adding = adding
    copy.full_clean()
    copy.save()
    assert copy.number == 2
    with pytest.raises(ValidationError, match="already exists"):
        Invoice(note="n", number=2).full_clean()


def test_admin(client):
    client.force_login(User.objects.create_superuser("admin"))
    page = client.get("/admin/testapp/invoice/add/")
    assert b'name="number"' not in page.content
    answer = client.post("/admin/testapp/invoice/add/", {"note": "n", "reference": ""})
    assert answer.status_code == 302
    assert Invoice.objects.get().number == 1
    assert b"field-number" in client.get("/admin/testapp/invoice/").content


def test_rest_framework():
    class InvoiceSerializer(ModelSerializer):
        class Meta:
            model = Invoice
            fields = ["number", "note"]

    serializer = InvoiceSerializer(data={"number": 50, "note": "n"})
    assert serializer.fields["number"].read_only
    assert serializer.is_valid()
    serializer.save()
    assert serializer.data == {"number": 1, "note": "n"}


def test_factory_boy():
    class InvoiceFactory(factory.django.DjangoModelFactory):
        class Meta:
            model = Invoice

        note = "n"

    assert InvoiceFactory.create().number == 1
    assert [row.number for row in InvoiceFactory.create_batch(2)] == [2, 3]
    assert InvoiceFactory.build().number is None


@pytest.mark.django_db(transaction=True)
def test_async():
    async def insert():
        invoice = Invoice()
        await invoice.asave()
        made = await Invoice.objects.acreate()
        (bulk,) = await Invoice.objects.abulk_create([Invoice()])
        found, _ = await Invoice.objects.aget_or_create(reference="a")
        await sync_to_async(connections.close_all)()
        return [invoice.number, made.number, bulk.number, found.number]

    assert asyncio.run(insert()) == [1, 2, 3, 4]


def test_history_table_holds_plain_copies():
    order = Order.objects.create(note="n")
    order.note = "m"
    order.save()
    Order.objects.create()
    history = Order.history.model
    assert type(history._meta.get_field("number")).__name__ == "PositiveBigIntegerField"
    assert list(history.objects.order_by("pk").values_list("number", flat=True)) == [1, 1, 2]
    assert get_last_value("orders") == 2
