"""First numbers that depend on data: asked for once, at the first use of a series."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection, models, transaction

from gapless_fields import (
    GaplessError,
    GaplessSequenceField,
    Sequence,
    accept_numbers,
    assign_numbers,
    deferred_numbering,
)
from gapless_fields.audit import audit
from gapless_fields.counters import writer
from gapless_fields.models import Counter
from gapless_fields.rows.summary import summarize
from tests.actors import two_actors
from tests.textapp.models import Everywhere, Firm, Started, StartedInOrder, asked

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 5, 17)


@pytest.fixture
def firm():
    firm = Firm.objects.create(start=4711)
    asked.clear()
    return firm


def numbers():
    return list(Started.objects.order_by("pk").values_list("number", flat=True))


def test_save(firm):
    other = Firm.objects.create(start=7)
    for company in (firm, firm, other, firm):
        Started.objects.create(company=company)
    assert numbers() == [4711, 4712, 7, 4713]
    assert asked == [firm.pk, other.pk]
    assert set(Counter.objects.values_list("first", flat=True)) == {4711, 7}


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning")
def test_autocommit(firm):
    for _ in range(3):
        Started.objects.create(company=firm)
    assert numbers() == [4711, 4712, 4713]
    assert asked == [firm.pk]


def test_bulk_create(firm):
    other = Firm.objects.create(start=7)
    Started.objects.bulk_create([Started(company=c) for c in (firm, other, firm, other)])
    assert sorted(Started.objects.values_list("number", flat=True)) == [7, 8, 4711, 4712]
    Started.objects.bulk_create([Started(company=c) for c in (firm, other, firm, other)])
    Started.objects.bulk_create([Started(company=firm) for _ in range(3)])
    assert sorted(Started.objects.values_list("number", flat=True)) == [
        *range(7, 11),
        *range(4711, 4718),
    ]
    assert sorted(asked) == [firm.pk, other.pk]


def test_a_draft_and_rows_that_are_numbered_later(firm):
    draft = Started.objects.create(company=firm, due=False)
    late = Started.objects.create(company=firm, due=False)
    draft.due = True
    draft.save()
    Started.objects.update(due=True)
    assert assign_numbers(Started.objects.all()) == 1
    with transaction.atomic(), deferred_numbering():
        Started.objects.create(company=firm)
    late.refresh_from_db()
    assert (draft.number, late.number, numbers()) == (4711, 4712, [4711, 4712, 4713])
    assert asked == [firm.pk]


def test_the_first_of_all_is_numbered_later(firm):
    Started.objects.create(company=firm, due=False)
    Started.objects.update(due=True)
    assert assign_numbers(Started.objects.all()) == 1
    assert numbers() == [4711]


def test_in_the_order_of_dates(firm):
    rows = [StartedInOrder.objects.create(company=firm, day=DAY) for _ in range(2)]
    assert [row.number for row in rows] == [4711, 4712]
    assert asked == [firm.pk]
    assert Counter.objects.get().first == 4711


def test_data_that_change_after_the_first_use(firm):
    Started.objects.create(company=firm)
    Firm.objects.update(start=9000)
    Started.objects.create(company=Firm.objects.get())
    assert numbers() == [4711, 4712]
    assert audit(Started).is_complete


def test_a_rollback_of_the_first_use(firm):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Started.objects.create(company=firm)
        raise ZeroDivisionError
    Firm.objects.update(start=5)
    Started.objects.create(company=Firm.objects.get())
    assert numbers() == [5]


@pytest.mark.parametrize("value", [-1, 2**63, "7", None, True])
def test_an_answer_that_is_no_number(firm, value):
    firm.start = value
    with pytest.raises((TypeError, ValueError), match="initial_value"), transaction.atomic():
        Started.objects.create(company=firm)
    assert not Counter.objects.exists()


def test_imports(firm):
    with accept_numbers():
        Started.objects.create(company=firm, number=100)
    Started.objects.create(company=firm)
    with accept_numbers():
        Started.objects.create(company=firm, number=5000)
    Started.objects.create(company=firm)
    assert numbers() == [100, 4711, 5000, 5001]


def test_without_a_scope(firm):
    Everywhere.objects.create(company=firm)
    rows = Everywhere.objects.bulk_create([Everywhere(company=firm) for _ in range(2)])
    assert [row.number for row in rows] == [4712, 4713]
    assert asked == [firm.pk]


def test_what_an_import_leaves_out(firm):
    with accept_numbers():
        Started.objects.create(company=firm, number=4713)
    ((_report, finding),) = audit(Started).faults
    assert (finding.numbers.first, finding.numbers.last) == (4711, 4712)


def test_the_sequence_of_a_row(firm):
    row = Started(company=firm)
    sequence = Started._meta.get_field("number").sequence_for(row)
    assert sequence == sequence
    assert sequence.initial_value == 4711
    assert sequence.get_next_value() == 4711
    row.save()
    assert row.number == 4712


def test_the_audit_knows_the_first_number(firm):
    rows = [Started.objects.create(company=firm) for _ in range(3)]
    assert audit(Started).is_complete
    rows[0].delete()
    (report,) = audit(Started)
    (finding,) = report.findings
    assert (finding.numbers.first, finding.numbers.last) == (4711, 4711)
    series = Started._meta.get_field("number").series_for(rows[1])
    assert summarize(series, connection).missing == 1


def test_the_audit_of_rows_from_before(firm):
    """What was never recorded begins with the lowest row."""
    for _ in range(3):
        Started.objects.create(company=firm)
    Counter.objects.update(first=None)
    assert audit(Started).is_complete
    Started.objects.filter(number=4712).delete()
    series = Started._meta.get_field("number").series_for(Started(company=firm))
    assert summarize(series, connection).missing == 1
    Sequence("text started", scope=[firm.pk]).void(4712, reason="r")
    assert audit(Started).is_complete


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_first_uses_at_once(firm):
    with two_actors() as (one, other):
        one.begin()
        one.do(Started.objects.create, company=firm)
        other.begin()
        waiting = other.waits(Started.objects.create, company=firm)
        one.commit()
        waiting.result(30)
        other.commit()
    assert numbers() == [4711, 4712]


def test_a_counter_that_is_deleted_meanwhile(firm, monkeypatch):
    """An error, and never a wrong number."""
    Started.objects.create(company=firm)
    peek = writer.peek

    def peek_and_delete(series, connection):
        found = peek(series, connection)
        Counter.objects.all().delete()
        return found

    monkeypatch.setattr(writer, "peek", peek_and_delete)
    for rows in (1, 2):
        with pytest.raises(GaplessError), transaction.atomic():
            Started.objects.bulk_create([Started(company=firm) for _ in range(rows)])
    Started.objects.all().delete()
    for rows in (1, 2):
        with pytest.raises(GaplessError), transaction.atomic():
            Sequence("text started", scope=[firm.pk]).advance_to(7)
            Started.objects.bulk_create([Started(company=firm) for _ in range(rows)])
    assert numbers() == []


def test_the_declaration():
    field = Started._meta.get_field("number")
    options = field.deconstruct()[3]
    assert callable(options["initial_value"])
    assert GaplessSequenceField(**options).deconstruct()[3] == options
    assert field.check() == [m for m in field.check() if m.id == "gapless_fields.W001"]

    class Loop(models.Model):
        number = GaplessSequenceField(
            sequence="text loops", initial_value=lambda _row: 1, reset_value=5
        )

        class Meta:
            app_label = "textapp_elsewhere"

    assert "gapless_fields.E003" in {m.id for m in Loop._meta.get_field("number").check()}
