"""Rows that were numbered by other means: refused at first use, mended by sync_sequences."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from gapless_fields import Sequence, SequenceNotSynced, get_last_value, get_next_value
from gapless_fields.models import Counter
from tests.testapp.models import Invoice, Job, Legacy, Letter, Receipt, Refund

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def sync(*arguments):
    output = io.StringIO()
    call_command("sync_sequences", *arguments, stdout=output)
    return output.getvalue()


def save():
    return Legacy.objects.create().number


def bulk_create():
    return Legacy.objects.bulk_create([Legacy(), Legacy()])[0].number


@pytest.fixture
def legacy():
    """Rows 4, 7 and one without a number, as an older program left them."""
    rows = [Legacy.objects.create() for _ in range(3)]
    for row, number in zip(rows, (7, 4, None), strict=True):
        Legacy.objects.filter(pk=row.pk).update(number=number)
    Sequence("legacy").delete()


@pytest.mark.parametrize("insert", [save, bulk_create])
def test_first_use_is_refused(legacy, insert, dialect):
    with pytest.raises(SequenceNotSynced) as error, transaction.atomic():
        insert()
    message = str(error.value)
    assert "testapp.Legacy.number already carries numbers up to 7" in message
    assert '"manage.py sync_sequences --database default"' in message
    assert get_last_value("legacy") is None
    assert sync() == "legacy: moved from unused to 7\n"
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
    refund = Refund.objects.create()
    Refund.objects.filter(pk=refund.pk).update(number=12)
    Sequence("shared").delete()
    with pytest.raises(SequenceNotSynced, match="testapp.Refund.number"), transaction.atomic():
        Receipt.objects.create()
    assert sync() == "shared: moved from unused to 12\n"
    assert Receipt.objects.create().number == 13


def test_looping_series():
    Job.objects.create()
    Job.objects.update(number=2)
    Sequence("jobs").delete()
    with pytest.raises(SequenceNotSynced), transaction.atomic():
        Job.objects.create()
    assert sync() == "jobs: moved from unused to 2\n"
    assert [Job.objects.create().number for _ in range(4)] == [3, 1, 2, 3]


def test_multi_table_rows():
    Letter.objects.create(text="a")
    Sequence("documents").delete()
    assert sync() == "documents: moved from unused to 1\n"
    assert Letter.objects.create(text="b").number == 2


def test_counters_never_move_back():
    for _ in range(3):
        Invoice.objects.create()
    Invoice.objects.filter(number=3).delete()
    assert sync() == ""
    assert Invoice.objects.create().number == 4


def test_counter_that_is_behind_is_moved():
    invoice = Invoice.objects.create()
    Invoice.objects.filter(pk=invoice.pk).update(number=9)
    assert sync() == "invoices: moved from 1 to 9\n"
    assert Invoice.objects.create().number == 10


def test_unused_sequences_stay_unused():
    assert sync() == ""
    assert Counter.objects.count() == 0
    assert "invoices: unused, nothing to do" in sync("--verbosity=2")


def test_dry_run(legacy):
    assert sync("--dry-run") == "legacy: would move from unused to 7\n"
    assert Counter.objects.count() == 0


def test_database(legacy):
    assert sync("--database=other") == ""
    Invoice.objects.using("other").create()
    Sequence("invoices", using="other").delete()
    with pytest.raises(SequenceNotSynced, match="--database other"), transaction.atomic("other"):
        Invoice.objects.using("other").create()
    assert sync("--database=other") == "invoices: moved from unused to 1\n"
    assert Counter.objects.count() == 0
    with pytest.raises(CommandError):
        sync("--database=nowhere")


class NoInvoicesInOther:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return not (db == "other" and app_label == "testapp")


def test_database_without_numbered_models(settings):
    settings.DATABASE_ROUTERS = [NoInvoicesInOther()]
    assert sync("--database=other").startswith('No model in the database "other"')


@pytest.mark.django_db(transaction=True)
def test_waits_for_writers(actors, rows_have_locks):
    one, two = actors
    one.begin()
    one.do(lambda: Invoice.objects.create())
    waiting = two.waits(sync)
    one.commit()
    assert waiting.result(30) == ""
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
