"""Rows that no ``save()`` has numbered."""

from __future__ import annotations

import datetime
import io
import threading
from unittest import mock

import pytest
from django.contrib.admin import ModelAdmin, site
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, models, transaction
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from gapless_fields import ScopeIncomplete, Sequence, assign_numbers, get_last_value
from gapless_fields.admin import assign_numbers_to_selected
from gapless_fields.management.commands import assign_numbers as commands
from gapless_fields.models import Counter
from gapless_fields.operations import AssignNumbers
from tests.raw import raw_update
from tests.testapp.models import Company, Forward, Invoice, Legacy, Paper, Shipment

pytestmark = pytest.mark.django_db


def shipments(*pairs):
    rows = [Shipment(status=status, weight=weight) for status, weight in pairs]
    Shipment.objects.bulk_create(rows)
    return rows


def due(count):
    """Rows that are due, and that nothing has numbered."""
    shipments(*[(None, None)] * count)
    Shipment.objects.filter(number=None).update(status="sent", weight=1)


def numbers(queryset):
    return list(queryset.values_list("number", flat=True))


def test_in_order_and_only_what_is_due():
    shipments(*[(None, n) for n in (3, 1, 2)], (None, None), ("sent", 9))
    Shipment.objects.filter(weight__lt=9).update(status="sent")
    assert assign_numbers(Shipment.objects.all(), order_by="weight") == 3
    assert numbers(Shipment.objects.order_by("weight").exclude(weight=None)) == [2, 3, 4, 1]
    assert numbers(Shipment.objects.filter(weight=None)) == [None]
    assert assign_numbers(Shipment.objects.all()) == 0
    assert get_last_value("shipments") == 4


def test_the_queryset_says_which_and_in_which_order():
    due(6)
    keys = list(Shipment.objects.order_by("pk").values_list("pk", flat=True))
    assert assign_numbers(Shipment.objects.filter(pk__in=keys[:4]).order_by("-pk")) == 4
    assert assign_numbers(Shipment.objects.all(), "number", order_by=["-weight", "pk"]) == 2
    assert numbers(Shipment.objects.order_by("pk")) == [4, 3, 2, 1, 5, 6]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_batches(size):
    due(7)
    assert assign_numbers(Shipment.objects.all(), batch_size=size) == 7
    assert numbers(Shipment.objects.order_by("pk")) == list(range(1, 8))


def test_many_rows():
    Shipment.objects.bulk_create([Shipment() for _ in range(2500)])
    Shipment.objects.update(status="packed", weight=1)
    with CaptureQueriesContext(connection) as queries:
        assert assign_numbers(Shipment.objects.all()) == 2500
    assert numbers(Shipment.objects.order_by("pk")) == list(range(1, 2501))
    counters = [q for q in queries if "INSERT INTO" in q["sql"]]
    assert len(counters) == -(-2500 // min(connection.features.max_query_params or 1000, 1000))


def test_several_series():
    from tests.testapp.models import Bill

    companies = [Company.objects.create(name=name) for name in "ab"]
    days = [datetime.date(2026, 1, 1), datetime.date(2027, 1, 1)]
    for company in companies * 2:
        for day in days:
            Bill.objects.create(company=company, issued_on=day)
    numbered = Bill.objects.order_by("-pk")
    raw_update(numbered, issued_on=None)  # which the constraint allows
    raw_update(numbered, number=None)
    Counter.objects.all().delete()
    assert assign_numbers(Bill.objects.all()) == 0  # none is due
    rows = list(Bill.objects.order_by("pk"))
    for row, day in zip(rows, days * 4, strict=True):
        row.issued_on = day
        row.save()
    assert [row.number for row in rows] == [1, 1, 1, 1, 2, 2, 2, 2]


def test_texts_that_a_collation_takes_for_one():
    """MariaDB's takes "Draft" for "draft": what is due is decided as save() decides it."""
    row = Shipment.objects.create(weight=1, status="PACKED")
    assert row.number is None
    Shipment.objects.update(status="Packed")
    assert assign_numbers(Shipment.objects.all()) == 0
    Shipment.objects.update(status="packed")
    assert assign_numbers(Shipment.objects.all()) == 1


def test_fields_without_a_condition():
    Legacy.objects.bulk_create([Legacy(note=n) for n in "abc"])
    raw_update(Legacy.objects, number=None)
    Counter.objects.all().delete()
    assert assign_numbers(Legacy.objects.order_by("-note")) == 3
    assert numbers(Legacy.objects.order_by("note")) == [3, 2, 1]


def test_the_field_must_be_clear():
    with pytest.raises(ValueError, match="it has first, second"):
        assign_numbers(Forward.objects.all())
    with pytest.raises(ValueError, match="it has number"):
        assign_numbers(Invoice.objects.all(), "note")
    with pytest.raises(ValueError, match="it has none"):
        assign_numbers(Company.objects.all())
    assert assign_numbers(Forward.objects.all(), "first") == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_done_stays_done():
    from tests.testapp.models import Booking

    due(4)
    last = Shipment.objects.latest("pk")
    with transaction.atomic():
        Sequence("shipments").advance_to(10)
    assert assign_numbers(Shipment.objects.exclude(pk=last.pk), batch_size=2) == 3
    assert assign_numbers(Shipment.objects.all()) == 1
    assert numbers(Shipment.objects.order_by("pk")) == [11, 12, 13, 14]
    with pytest.raises(ScopeIncomplete):
        Booking._meta.get_field("on_date").series_for(Booking())


@pytest.mark.django_db(databases=["default", "other"])
def test_another_database():
    Paper.objects.using("other").create()
    Paper.objects.using("other").update(signed=True)
    assert assign_numbers(Paper.objects.all()) == 0
    assert assign_numbers(Paper.objects.using("other")) == 1
    assert get_last_value("papers", using="other") == 1
    assert get_last_value("papers") is None


class WriteToOther:
    def db_for_read(self, model, **hints):
        return "default"

    def db_for_write(self, model, **hints):
        return "other"


@pytest.mark.django_db(databases=["default", "other"])
def test_replicas_are_not_written_to(settings):
    Paper.objects.using("other").create()
    Paper.objects.using("other").update(signed=True)
    settings.DATABASE_ROUTERS = [WriteToOther()]
    assert assign_numbers(Paper.objects.all()) == 1
    assert numbers(Paper.objects.using("other")) == [1]


@pytest.mark.django_db(transaction=True)
def test_beside_live_writers():
    due(60)
    errors = []

    def assign():
        try:
            assign_numbers(Shipment.objects.all(), batch_size=5)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    def write():
        try:
            for _ in range(20):
                with transaction.atomic():
                    Shipment.objects.create(status="sent", weight=1)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=target) for target in (assign, write, assign, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert sorted(numbers(Shipment.objects.all())) == list(range(1, 101))
    assert get_last_value("shipments") == 100


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_numbered_meanwhile_is_left_out(actors):
    due(2)
    one, two = actors
    first, _ = Shipment.objects.order_by("pk")
    one.begin()
    one.do(first.save)
    waiting = two.waits(assign_numbers, Shipment.objects.all())
    one.commit()
    assert waiting.result(30) == 1
    assert numbers(Shipment.objects.order_by("pk")) == [1, 2]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_command():
    due(5)
    output = io.StringIO()
    call_command("assign_numbers", "testapp.Shipment", order_by="-weight,id", stdout=output)
    assert output.getvalue() == "5 rows of testapp.Shipment were numbered (number).\n"
    due(3)
    terminal = Terminal()
    call_command("assign_numbers", "testapp.shipment.number", batch_size=2, stdout=terminal)
    assert "2 of 3 (67%)" in terminal.getvalue()
    assert terminal.getvalue().endswith("3 rows of testapp.Shipment were numbered (number).\n")
    output = io.StringIO()
    call_command("assign_numbers", "testapp.Shipment", verbosity=0, stdout=output)
    assert output.getvalue() == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["testapp"], "doesn't have a '' model"),
        (["nothing.Shipment"], "No installed app"),
        (["testapp.Nothing"], "doesn't have a 'Nothing' model"),
        (["testapp.Company"], "it has none"),
        (["testapp.Forward"], "it has first, second"),
        (["testapp.Shipment.weight"], "it has number"),
        (["testapp.Shipment", "--order-by=nothing"], "Cannot resolve keyword 'nothing'"),
        (["testapp.Shipment", "--batch-size=0"], "at least 1"),
    ],
)
def test_command_errors(arguments, says):
    with pytest.raises(CommandError, match=says):
        call_command("assign_numbers", *arguments)


def test_command_without_a_table():
    assert all(
        field.cached_col for field in Shipment._meta.fields
    )  # it keeps the name of the table
    nowhere = mock.patch.object(Shipment._meta, "db_table", "nowhere")
    with pytest.raises(CommandError, match="nowhere"), transaction.atomic(), nowhere:
        call_command("assign_numbers", "testapp.Shipment")
    with pytest.raises(CommandError, match="The connection 'x' doesn't exist"):
        call_command("assign_numbers", "testapp.Shipment", database="x")


def test_command_that_fails_in_between_says_how_far_it_is(monkeypatch):
    due(5)
    error = OperationalError("disk full")
    write = mock.Mock(side_effect=[1, 1, error])
    monkeypatch.setattr(commands, "assign_in_batches", lambda *_: iter(write, None))
    output = io.StringIO()
    with pytest.raises(CommandError, match="^disk full$") as found:
        call_command("assign_numbers", "testapp.Shipment", stdout=output)
    assert found.value.__cause__ is error
    assert output.getvalue() == "2 rows of testapp.Shipment were numbered (number).\n"


def test_command_whose_series_is_not_synced():
    due(1)
    Shipment.objects.create(status="sent", weight=1)
    Counter.objects.all().delete()
    with pytest.raises(CommandError, match="sync_sequences"), transaction.atomic():
        call_command("assign_numbers", "testapp.Shipment", stdout=io.StringIO())


def message_of(request):
    (message,) = request._messages
    return str(message)


def run_action(queryset):
    request = RequestFactory().post("/")
    request.session = {}
    request._messages = FallbackStorage(request)
    assign_numbers_to_selected(ModelAdmin(queryset.model, site), request, queryset)
    return message_of(request)


def test_admin_action():
    due(3)
    first = Shipment.objects.earliest("pk")
    assert run_action(Shipment.objects.filter(pk=first.pk)) == "Rows that were numbered: 1."
    # The list's own order is how it is shown.
    assert run_action(Shipment.objects.order_by("-pk")) == "Rows that were numbered: 2."
    assert numbers(Shipment.objects.order_by("pk")) == [1, 2, 3]
    assert assign_numbers_to_selected.allowed_permissions == ["change"]


def test_admin_action_follows_the_order_of_the_model(monkeypatch):
    due(4)
    first, second, *_ = Shipment.objects.order_by("pk")
    Shipment.objects.filter(pk__in=[first.pk, second.pk]).update(weight=2)
    monkeypatch.setattr(Shipment._meta, "ordering", ["weight"])
    assert run_action(Shipment.objects.order_by("-pk")) == "Rows that were numbered: 4."
    assert numbers(Shipment.objects.order_by("pk")) == [3, 4, 1, 2]
    monkeypatch.setattr(Shipment._meta, "ordering", [models.F("weight").desc()])
    due(2)
    assert run_action(Shipment.objects.all()) == "Rows that were numbered: 2."
    assert numbers(Shipment.objects.order_by("pk")) == [3, 4, 1, 2, 5, 6]


def test_admin_action_says_what_is_wrong():
    due(1)
    Shipment.objects.create(status="sent", weight=1)
    Counter.objects.all().delete()
    assert "sync_sequences" in run_action(Shipment.objects.all())
    assert numbers(Shipment.objects.order_by("pk")) == [None, 1]


def test_migration_operation():
    due(3)
    state = ProjectState.from_apps(Shipment._meta.apps)
    operation = AssignNumbers("Shipment", order_by=["-pk"])
    before = state.clone()
    operation.state_forwards("testapp", state)
    assert state == before
    editor = connection.schema_editor()  # entered by the migration, and not needed here
    operation.database_forwards("testapp", editor, state, state)
    operation.database_backwards("testapp", editor, state, state)
    assert numbers(Shipment.objects.order_by("pk")) == [3, 2, 1]
    assert operation.describe() == "Number the rows of Shipment"
    assert operation.migration_name_fragment == "number_shipment"
    text, imports = OperationWriter(operation, indentation=0).serialize()
    assert "AssignNumbers(" in text
    assert "import gapless_fields.operations" in imports
    assert AssignNumbers("a", "b", batch_size=5).deconstruct() == (
        "AssignNumbers",
        [],
        {"model_name": "a", "field_name": "b", "batch_size": 5},
    )


class NotHere:
    def allow_migrate(self, db, app_label, **hints):
        return False


def test_migration_operation_asks_the_routers(settings):
    due(1)
    settings.DATABASE_ROUTERS = [NotHere()]
    state = ProjectState.from_apps(Shipment._meta.apps)
    editor = connection.schema_editor()
    AssignNumbers("Shipment").database_forwards("testapp", editor, state, state)
    assert numbers(Shipment.objects.all()) == [None]


def test_a_check_constraint_ties_the_condition_to_the_number():
    """As the docs show it: a row that is due and has no number cannot be written at all."""
    from tests.testapp.models import Bill

    row = Bill.objects.create(company=Company.objects.create(name="a"))
    with pytest.raises(Exception, match="issued_with_number"), transaction.atomic():
        Bill.objects.update(issued_on=datetime.date(2026, 1, 1))
    row.issued_on = datetime.date(2026, 1, 1)
    row.save()
    assert row.number == 1
    assert isinstance(Bill._meta.constraints[0], models.CheckConstraint)
