"""Rows that were numbered by other means: refused at first use, mended by sync_sequences."""

from __future__ import annotations

import datetime
import io
from unittest import mock

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, models, transaction
from django.utils import timezone

from gapless_fields import (
    Sequence,
    SequenceLocked,
    SequenceNotSynced,
    get_last_value,
    get_next_value,
)
from gapless_fields.models import Counter
from gapless_fields.rows.summary import summarize
from gapless_fields.series.series import Series
from tests.testapp.models import (
    Booking,
    Company,
    Filed,
    Forward,
    Invoice,
    Job,
    Legacy,
    Letter,
    Receipt,
    Refund,
    Slip,
    Stub,
    Ticket,
)

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def sync(*arguments):
    output = io.StringIO()
    call_command("sync_sequences", *arguments, stdout=output)
    return output.getvalue()


def said_of(sequence, *arguments):
    """What the command says of the series of a sequence, by their scopes."""
    lines = (line.split(": ", 1) for line in sync(*arguments).splitlines())
    return {
        name.removeprefix(sequence).strip(): text
        for name, text in lines
        if name.split()[0] == sequence
    }


def renumber(row, number):
    """Write a number as a program does that knows nothing of the field."""
    table = row._meta.get_field("number").model._meta.db_table
    with connections[row._state.db].cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET number = %s WHERE id = %s", [number, row.pk])


def save():
    return Legacy.objects.create().number


def bulk_create():
    return Legacy.objects.bulk_create([Legacy(), Legacy()])[0].number


@pytest.fixture
def legacy():
    """Rows 4, 7 and one without a number, as an older program left them."""
    rows = [Legacy.objects.create() for _ in range(3)]
    for row, number in zip(rows, (7, 4, None), strict=True):
        renumber(row, number)
    Sequence("legacy").delete()


@pytest.mark.parametrize("insert", [save, bulk_create])
def test_first_use_is_refused(legacy, insert, dialect):
    with pytest.raises(SequenceNotSynced) as error, transaction.atomic():
        insert()
    message = str(error.value)
    assert "testapp.Legacy.number already carries numbers up to 7" in message
    assert '"manage.py sync_sequences --database default"' in message
    assert get_last_value("legacy") is None
    assert said_of("legacy") == {"": "2 rows, 5 missing, 0 double; moved from unused to 7"}
    assert insert() == 8


@pytest.mark.django_db(transaction=True)
def test_nothing_is_taken_by_a_refusal_in_autocommit(legacy, dialect):
    for insert in (save, bulk_create, lambda: get_next_value("legacy")):
        for _ in range(2):
            with pytest.raises(SequenceNotSynced):
                insert()
    assert Counter.objects.count() == 0


def test_later_saves_do_not_look(legacy, django_assert_num_queries):
    sync()
    with django_assert_num_queries(2):
        Legacy.objects.bulk_create([Legacy(), Legacy()])


def test_rows_of_another_model_that_shares_the_sequence():
    renumber(Refund.objects.create(), 12)
    Sequence("shared").delete()
    with pytest.raises(SequenceNotSynced, match="testapp.Refund.number"), transaction.atomic():
        Receipt.objects.create()
    assert said_of("shared") == {"": "1 row, 11 missing, 0 double; moved from unused to 12"}
    assert Receipt.objects.create().number == 13


def test_looping_series():
    renumber(Job.objects.create(), 2)
    Sequence("jobs").delete()
    with pytest.raises(SequenceNotSynced), transaction.atomic():
        Job.objects.create()
    assert said_of("jobs") == {"": "1 row; moved from unused to 2"}
    assert [Job.objects.create().number for _ in range(4)] == [3, 1, 2, 3]


def test_multi_table_rows():
    Letter.objects.create(text="a")
    Sequence("documents").delete()
    assert said_of("documents") == {"": "1 row, 0 missing, 0 double; moved from unused to 1"}
    assert Letter.objects.create(text="b").number == 2


def test_counters_never_move_back():
    for _ in range(3):
        Invoice.objects.create()
    Invoice.objects.filter(number=3).delete()
    assert said_of("invoices") == {"": "2 rows, 0 missing, 0 double; already right at 3"}
    assert Invoice.objects.create().number == 4


def test_counter_that_is_behind_is_moved():
    renumber(Invoice.objects.create(), 9)
    assert said_of("invoices") == {"": "1 row, 8 missing, 0 double; moved from 1 to 9"}
    assert Invoice.objects.create().number == 10


def test_unused_sequences_stay_unused():
    assert said_of("invoices") == {"": "0 rows, 0 missing, 0 double; unused"}
    assert said_of("jobs") == {"": "0 rows; unused"}
    assert said_of("bills") == {"": "no rows with a number"}  # that could name a series
    assert Counter.objects.count() == 0
    assert sync("--verbosity=0") == ""


def test_dry_run(legacy):
    expected = "2 rows, 5 missing, 0 double; would move from unused to 7"
    assert said_of("legacy", "--dry-run") == {"": expected}
    assert Counter.objects.count() == 0


def test_database(legacy):
    unused = "0 rows, 0 missing, 0 double; unused"
    assert said_of("legacy", "--database=other") == {"": unused}
    Invoice.objects.using("other").create()
    Sequence("invoices", using="other").delete()
    with pytest.raises(SequenceNotSynced, match="--database other"), transaction.atomic("other"):
        Invoice.objects.using("other").create()
    moved = "1 row, 0 missing, 0 double; moved from unused to 1"
    assert said_of("invoices", "--database=other") == {"": moved}
    assert Counter.objects.count() == 0
    with pytest.raises(CommandError):
        sync("--database=nowhere")
    with pytest.raises(CommandError, match="The connection 'nowhere' doesn't exist"):
        call_command("sync_sequences", database="nowhere")


def test_what_is_missing_and_what_is_double():
    """Of all models that share the series: a number may be double in one of them, or across."""
    rows = [(model, n) for model in (Slip, Stub) for n in (1, 2, 4, 4, 9)]
    rows += [(Slip, 6), (Stub, 7), (Stub, 7), (Stub, 7)]
    one, two = (Company.objects.create(name=name) for name in "ab")
    day = datetime.date(2026, 5, 1)
    for model, number in rows:
        renumber(model.objects.create(company=one, issued_on=day), number)
    renumber(Slip.objects.create(company=two, issued_on=day), 3)
    renumber(Slip.objects.create(company=two, issued_on=datetime.date(2027, 1, 1)), 1)
    Slip.objects.create(company=two)
    expected = {
        f'["{one.pk}", "2026"]': "14 rows, 3 missing, 5 double; already right at 14",
        f'["{two.pk}", "2026"]': "1 row, 2 missing, 0 double; moved from 1 to 3",
        f'["{two.pk}", "2027"]': "1 row, 0 missing, 0 double; already right at 1",
    }
    assert said_of("slips") == expected


def test_numbers_before_the_initial_value_fill_no_gap():
    for number in (1, 40, 101, 103):
        renumber(Ticket.objects.create(title="a"), number)
    expected = "4 rows, 2 missing, 0 double; already right at 103"
    assert said_of("testapp.ticket") == {"": expected}
    Ticket.objects.filter(number__gte=100).delete()
    expected = "2 rows, 0 missing, 0 double; already right at 103"
    assert said_of("testapp.ticket") == {"": expected}


def test_series_of_every_kind_of_value():
    """NULL, text that only collations take for equal, and parts of a datetime."""
    for text in ("a", "A", "a ", "á", "", None, "%s"):
        Filed.objects.create(text=text, integer=None, day=datetime.date(2026, 1, 1))
    assert len(said_of("filed")) == 7
    right = "1 row, 0 missing, 0 double; already right at 1"
    assert set(said_of("filed").values()) == {right}


def test_parts_of_datetimes_are_in_the_time_zone_of_the_project(settings):
    settings.TIME_ZONE = "UTC"
    company = Company.objects.create(name="a")
    moment = datetime.datetime(2026, 1, 31, 20, tzinfo=datetime.UTC)
    with timezone.override(None):
        Booking.objects.create(company=company, day=moment.date(), moment=moment)
    series = Booking._meta.get_field("in_month").series_for(Booking.objects.get())
    with timezone.override(datetime.timezone(datetime.timedelta(hours=9))):
        assert summarize(series, connection) == (1, 0, 0)


def test_managers_leave_no_row_out(monkeypatch):
    """They may filter, order or join: the numbers are those of the table."""

    class Half(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(pk=0).order_by("number")

    renumber(Invoice.objects.create(), 1)
    manager = Half()
    manager.contribute_to_class(Invoice, "half")
    monkeypatch.setitem(Invoice._meta.__dict__, "base_manager", manager)
    monkeypatch.setitem(Invoice._meta.__dict__, "default_manager", manager)
    assert Invoice._base_manager.count() == 0
    assert summarize(Invoice._meta.get_field("number").series, connection) == (1, 0, 0)


def test_no_rows_at_all(monkeypatch):
    series = Invoice._meta.get_field("number").series
    assert summarize(series, connection) == summarize(Series("x"), connection) == (0, 0, 0)
    # A part of one's own may match nothing, so that there is nothing to ask the database.
    monkeypatch.setattr(
        "gapless_fields.rows.summary.rows_of_series", lambda *_: Invoice.objects.none()
    )
    assert summarize(series, connection) == (0, 0, 0)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (SequenceLocked("locked"), "a: locked"),
        (OperationalError("no such table: shop_invoice\n"), "a: no such table: shop_invoice"),
        (FieldError("Cannot resolve keyword"), "a: Cannot resolve keyword"),
        (ValidationError("must be an integer"), "a: must be an integer"),
        (LookupError("no model"), "a: no model"),
        (TypeError("a scope cannot hold"), "a: a scope cannot hold"),
    ],
)
def test_errors_are_those_of_a_command(monkeypatch, error, says):
    monkeypatch.setattr(
        "gapless_fields.management.commands.sync_sequences.sync", mock.Mock(side_effect=error)
    )
    with pytest.raises(CommandError) as found:
        sync()
    assert str(found.value) == says
    assert found.value.__cause__ is error


def test_a_table_that_is_missing():
    assert all(field.cached_col for field in Forward._meta.fields)  # it keeps the name of the table
    nowhere = mock.patch.object(Forward._meta, "db_table", "nowhere")
    with pytest.raises(CommandError, match="^a: .*nowhere"), transaction.atomic(), nowhere:
        sync()


class NoInvoicesInOther:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return db != "other" or app_label not in ("testapp", "auditapp", "textapp")


def test_database_without_numbered_models(settings):
    settings.DATABASE_ROUTERS = [NoInvoicesInOther()]
    line = 'No model in the database "other" has a GaplessSequenceField.\n'
    assert sync("--database=other") == line
    settings.TENANT_APPS = ["tests.testapp", "gapless_fields"]
    assert sync("--database=other") == (
        line + "For every tenant: manage.py all_tenants_command sync_sequences\n"
    )


@pytest.mark.django_db(transaction=True)
def test_waits_for_writers(actors, rows_have_locks):
    one, two = actors
    one.begin()
    one.do(lambda: Invoice.objects.create())
    waiting = two.waits(sync)
    one.commit()
    assert "invoices: 1 row, 0 missing, 0 double; already right at 1\n" in waiting.result(30)
    assert get_last_value("invoices") == 1


@pytest.mark.django_db(transaction=True)
def test_writers_wait_for_it(actors, rows_have_locks):
    one, two = actors
    one.begin()
    one.do(sync)
    one.do(lambda: Sequence("invoices").advance_to(5))
    waiting = two.waits(lambda: Invoice.objects.create().number)
    one.commit()
    assert waiting.result(30) == 6


def test_a_numbered_row_that_lost_what_its_series_depends_on():
    row = Slip.objects.create(company=Company.objects.create(), issued_on=datetime.date.today())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_slip SET issued_on = NULL WHERE id = %s", [row.pk])
    with pytest.raises(CommandError, match="testapp.Slip.number: A numbered row has no issued_on"):
        sync()


def test_counters_say_what_they_are_at():
    get_next_value("x")
    Slip.objects.create(company=Company.objects.create(pk=7), issued_on=datetime.date(2026, 1, 1))
    assert sorted(map(str, Counter.objects.all())) == ['slips ["7", "2026"]: 1', "x: 1"]
