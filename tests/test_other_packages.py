"""What packages do to models and rows: each in the few lines that matter."""

from __future__ import annotations

import datetime

import django
import pytest
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext, isolate_apps

from gapless_fields import (
    GaplessSequenceField,
    NumberChanged,
    NumberInUse,
    ScopeChanged,
    SequenceNotSynced,
    assign_numbers,
    deferred_numbering,
    get_last_value,
    rows_numbered,
)
from gapless_fields.models import Counter
from gapless_fields.series.registry import numbered_fields
from tests.raw import raw_update
from tests.testapp.models import (
    Company,
    Deed,
    Harvest,
    Invoice,
    Legacy,
    Member,
    Order,
    Paper,
    Person,
    Ride,
    Shipment,
    Slip,
)

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 31)


def numbers(model):
    return list(model.objects.order_by("pk").values_list("number", flat=True))


@pytest.mark.parametrize("number", [None, 1])
def test_a_raw_update_keeps_the_number(number):
    """A revert to the version of a draft, or to one that was registered without the number."""
    row = Shipment.objects.create(weight=1, status="sent")
    version = Shipment(pk=row.pk, weight=1, status="draft", number=number)
    version.save_base(raw=True)
    row = Shipment.objects.get()
    assert (row.status, row.number) == ("draft", 1)
    row.status = "sent"
    row.save()
    assert (row.number, get_last_value("shipments")) == (1, 1)


def test_a_raw_insert_of_a_child_numbers_it():
    """As packages make a child of a parent that is there."""
    person = Person.objects.create(name="a")
    member = Member(person_ptr=person)
    member.__dict__.update({"name": "a"})
    member.save_base(raw=True)
    assert Member.objects.get().number == member.number == 1
    assert Member.objects.create(name="b").number == 2


def test_a_raw_insert_with_a_number_keeps_it():
    Legacy.objects.create()
    lost = Legacy.objects.create()
    loaded = Legacy.objects.get(pk=lost.pk)
    Legacy.objects.filter(pk=lost.pk).delete()
    loaded.save_base(raw=True)
    assert (numbers(Legacy), get_last_value("legacy")) == ([1, 2], 2)
    for number in (1, 2):
        with pytest.raises(NumberInUse), transaction.atomic():
            Legacy(number=number).save_base(raw=True)
    Legacy(number=9).save_base(raw=True)
    with pytest.raises(SequenceNotSynced), transaction.atomic():
        Legacy().save_base(raw=True)
    assert numbers(Legacy) == [1, 2, 9]


def test_a_raw_draft_has_no_number():
    company = Company.objects.create(name="a")
    Slip(company=company).save_base(raw=True)
    Slip(company=company, issued_on=DAY).save_base(raw=True)
    assert numbers(Slip) == [None, 1]


def rebuilt(model):
    """A model with copies of another's fields, as packages of history make it."""
    body = {
        "__module__": "tests.testapp.models",
        "Meta": type("Meta", (), {"app_label": "testapp"}),
    }
    for field in model._meta.local_concrete_fields:
        if not field.primary_key:
            _name, _path, args, kwargs = field.deconstruct()
            kwargs.pop("unique", None)
            body[field.name] = type(field)(*args, **kwargs)
    return type(f"{model.__name__}Event", (models.Model,), body)


@isolate_apps("tests.testapp")
def test_a_copy_that_is_rebuilt_is_a_plain_integer():
    event = rebuilt(Legacy)
    number = event._meta.get_field("number")
    assert (type(number), numbered_fields(event)) == (models.PositiveBigIntegerField, ())
    assert number.deconstruct()[1] == "django.db.models.PositiveBigIntegerField"
    assert not hasattr(number, "sequence")
    Legacy.objects.create()
    Counter.objects.all().delete()
    Legacy.objects.all().delete()
    # No table of its copies is asked, which a trigger may have filled by now.
    with CaptureQueriesContext(connection) as queries:
        assert Legacy.objects.create().number == 1
    assert "legacyevent" not in " ".join(query["sql"] for query in queries)


def test_a_field_that_is_built_again_by_hand_is_one_of_its_own():
    with isolate_apps("tests.testapp"):

        class Twin(models.Model):
            number = GaplessSequenceField(sequence="legacy", null=True)

            class Meta:
                app_label = "testapp"

        assert len(numbered_fields(Twin)) == 1


def test_a_look_at_a_row_runs_nothing_of_the_project():
    """No __init__(), descriptor or signal: a state machine, a model that remembers its columns."""
    rides = [Ride.objects.create(driver=driver) for driver in "aab"]
    made = Ride.made
    with transaction.atomic():
        rides[0].finish()
    with transaction.atomic(), deferred_numbering():
        rides[1].finish()
        rides[2].finish()
    assert Ride.made == made
    assert [ride.number for ride in rides] == [1, 2, 1]
    Ride.objects.create(driver="a")
    Ride.objects.filter(number=None).update(state="done")
    made = Ride.made
    assert assign_numbers(Ride.objects.all()) == 1
    assert Ride.made == made
    assert numbers(Ride) == [1, 2, 1, 3]


@pytest.fixture
def received():
    calls = []

    def receive(sender, field, numbers, using, **kwargs):
        calls.append((sender, field, numbers, using))

    rows_numbered.connect(receive)
    yield calls
    rows_numbered.disconnect(receive)


def test_who_wants_to_know_is_told_of_rows_that_are_numbered_later(received):
    with transaction.atomic(), deferred_numbering():
        legacy = Legacy.objects.create()
        papers = [Paper.objects.create(signed=True), Deed.objects.create(signed=True)]
        Paper.objects.create()
    assert received == [
        (Legacy, "number", {legacy.pk: 1}, "default"),
        (Paper, "number", {papers[0].pk: 1, papers[1].pk: 2}, "default"),
    ]
    received.clear()
    Invoice.objects.create()
    assert received == []
    Paper.objects.filter(number=None).update(signed=True)
    assign_numbers(Paper.objects.all())
    ((sender, _field, given, _using),) = received
    assert (sender, list(given.values())) == (Paper, [3])


def test_history_by_the_signal():
    """As the how-to has it for django-simple-history."""

    def record(sender, numbers, using, **kwargs):
        rows = sender._base_manager.using(using).filter(pk__in=numbers)
        sender.history.bulk_history_create(list(rows), update=True)

    order = Order.objects.create(note="n")
    raw_update(Order.objects, number=None)
    Counter.objects.all().delete()
    rows_numbered.connect(record, sender=Order)
    try:
        assert assign_numbers(Order.objects.all()) == 1
    finally:
        rows_numbered.disconnect(record, sender=Order)
    told = order.history.order_by("history_id").values_list("number", "history_type")
    assert list(told) == [(1, "+"), (1, "~")]


def test_a_package_that_runs_the_update_in_its_own_way(monkeypatch):
    """As those for optimistic locks do, whose first parameter may have another name."""

    def _do_update(model_instance, base_qs, using, pk_val, values, *args, **kwargs):
        result = base_qs.filter(pk=pk_val)._update(values, *args[2:])
        return result if django.VERSION >= (6, 0) else result > 0

    monkeypatch.setattr(Shipment, "_do_update", _do_update)
    draft = Shipment.objects.create(weight=1)
    draft.status = "sent"
    draft.save()
    assert (draft.number, numbers(Shipment)) == (1, [1])
    draft.number = 5
    with pytest.raises(NumberChanged), transaction.atomic():
        draft.save()


def test_an_update_of_nobody_s():
    """Private API of Django: who calls it knows the row, and nobody is told its number."""
    draft = Shipment.objects.create(weight=1)
    status = Shipment._meta.get_field("status")
    arguments = [] if django.VERSION < (6, 0) else [[]]
    Shipment.objects.filter(pk=draft.pk)._update([(status, None, "sent")], *arguments)
    assert (draft.number, numbers(Shipment)) == (None, [1])


class Translated:
    """A column that answers with another, in the language of the reader."""

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__.get("text_en", "wrong")

    def __set__(self, instance, value):
        instance.__dict__["text"] = instance.__dict__["text_en"] = value


def test_columns_whose_descriptors_answer_otherwise(monkeypatch):
    harvests = [Harvest.objects.create(day=DAY, text=text) for text in ("a", "b")]
    monkeypatch.setattr(Harvest, "text", Translated())
    assert [row.number for row in harvests] == [1, 1]
    with pytest.raises(ScopeChanged), transaction.atomic():
        Harvest.objects.filter(text="a").update(text="b")
    Counter.objects.all().delete()
    call_command("sync_sequences", verbosity=0)
    assert Harvest.objects.create(day=DAY, text="a").number == 2


def test_a_clone_that_asks_every_field_and_saves_then():
    original = Invoice.objects.create(note="n")
    clone = Invoice(note="n")
    with pytest.warns(RuntimeWarning, match="in another way"):
        clone.number = Invoice._meta.get_field("number").pre_save(clone, add=True)
    clone.save()
    assert (original.number, clone.number) == (1, 2)
