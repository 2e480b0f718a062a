"""Texts that are stored with numbers: made once, on every path, and never changed."""

from __future__ import annotations

import datetime
import io
import json
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from functools import partial

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import (
    IntegrityError,
    OperationalError,
    connection,
    models,
    transaction,
)
from django.db.models import BinaryField, F, Value
from django.db.models.functions import Concat
from django.forms import modelform_factory
from rest_framework import serializers

from gapless_fields import (
    GaplessSequenceField,
    NumberChanged,
    NumberNotIssued,
    NumberTextField,
    NumberTextInUse,
    NumberTextInvalid,
    OnConflictNotSupported,
    SequenceNotSynced,
    accept_numbers,
    assign_numbers,
    deferred_numbering,
    get_last_value,
)
from gapless_fields.audit import audit
from gapless_fields.audit.reports import Kind
from gapless_fields.models import Counter
from tests.textapp import models as textapp
from tests.textapp.models import (
    Bill,
    Child,
    Coded,
    Draft,
    Firm,
    Kept,
    Masked,
    Noted,
    Parent,
    Priced,
)

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 5, 17)
FISCAL = datetime.date(2026, 7, 1)


@pytest.fixture
def firm():
    return Firm.objects.create()


def held(row):
    """The texts of a row in memory, which must be those of the database."""
    names = [
        field.name for field in row._meta.concrete_fields if isinstance(field, NumberTextField)
    ]
    stored = type(row)._base_manager.values_list(*names).get(pk=row.pk)
    assert stored == tuple(getattr(row, name) for name in names)
    return stored[0] if len(stored) == 1 else stored


# Every path to a number


def test_save():
    bill = Bill(issued_on=DAY)
    bill.save()
    assert held(bill) == "B-2026-0001"
    assert held(Bill.objects.create(issued_on="2027-01-31")) == "B-2027-0002"


def test_bulk_create():
    bills = Bill.objects.bulk_create([Bill(issued_on=DAY) for _ in range(3)])
    assert [bill.reference for bill in bills] == ["B-2026-0001", "B-2026-0002", "B-2026-0003"]
    assert set(Bill.objects.values_list("reference", flat=True)) == {b.reference for b in bills}


def test_padding_grows():
    with accept_numbers():
        Bill.objects.create(number=9999, issued_on=DAY)
    assert held(Bill.objects.create(issued_on=DAY)) == "B-2026-10000"


def test_a_draft_is_issued(firm):
    draft = Draft.objects.create(company=firm)
    assert held(draft) == (None, None)
    draft.day, draft.note = FISCAL, "x"
    draft.save()
    assert held(draft) == ("A-2026-1", "'x'{1}")


def test_a_draft_is_issued_by_some_of_its_columns(firm):
    """The text shows what the row holds, not what the instance holds beside it."""
    draft = Draft.objects.create(company=firm, note="old")
    draft.day, draft.note = DAY, "new"
    draft.save(update_fields=["day"])
    assert held(draft) == ("A-2025-1", "'old'{1}")


def test_a_draft_is_issued_with_an_expression(firm):
    draft = Draft.objects.create(company=firm, note="a")
    draft.day, draft.note = DAY, Concat(F("note"), Value("b"))
    draft.save()
    draft.refresh_from_db()
    assert held(draft) == ("A-2025-1", "'ab'{1}")


def test_deferral(firm):
    with transaction.atomic(), deferred_numbering():
        drafts = [Draft.objects.create(company=firm, day=DAY) for _ in range(2)]
        late = Draft.objects.create(company=firm)
        late.day = FISCAL
        late.save()
        assert {draft.reference for draft in [*drafts, late]} == {None}
    assert [held(draft)[0] for draft in drafts] == ["A-2025-1", "A-2025-2"]
    assert held(late)[0] == "A-2026-1"


def test_deferral_of_many(firm):
    """MySQL does not return the keys of many rows, and numbers them at once."""
    with transaction.atomic(), deferred_numbering():
        drafts = Draft.objects.bulk_create([Draft(company=firm, day=DAY) for _ in range(3)])
    texts = ["A-2025-1", "A-2025-2", "A-2025-3"]
    assert [draft.reference for draft in drafts] == texts
    assert list(Draft.objects.order_by("number").values_list("reference", flat=True)) == texts


def test_a_deferral_needs_null():
    with (
        pytest.raises(ImproperlyConfigured, match="null=True"),
        transaction.atomic(),
        deferred_numbering(),
    ):
        Bill.objects.create(issued_on=DAY)


def test_assign_numbers(firm):
    other = Firm.objects.create(prefix="B")
    for company in (firm, other, firm):
        Draft.objects.create(company=company)
    Draft.objects.update(day=DAY)
    assert assign_numbers(Draft.objects.order_by("pk"), "number") == 3
    texts = list(Draft.objects.order_by("pk").values_list("reference", flat=True))
    assert texts == ["A-2025-1", "B-2025-1", "A-2025-2"]


def test_assign_numbers_to_a_single_row(firm):
    draft = Draft.objects.create(company=firm)
    Draft.objects.update(day=DAY)
    assert assign_numbers(Draft.objects.filter(pk=draft.pk)) == 1
    draft.refresh_from_db()
    assert held(draft) == ("A-2025-1", "''{1}")


def test_rows_that_were_numbered_before(firm):
    """Texts of rows that have their numbers, and no text yet."""
    for _ in range(3):
        Draft.objects.create(company=firm, day=DAY)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE textapp_draft SET reference = NULL WHERE number <> 2")
    firm.prefix = "N"
    firm.save()
    assert assign_numbers(Draft.objects.all(), batch_size=1) == 0
    texts = Draft.objects.order_by("number").values_list("reference", flat=True)
    assert list(texts) == ["N-2025-1", "A-2025-2", "N-2025-3"]


def test_both_tables_of_a_child():
    child = Child.objects.create()
    assert held(child) == ("P1", "C1")
    assert held(Parent.objects.create()) == "P2"
    child.kind = "X"
    child.save()
    assert held(child) == ("P1", "C1")


# A format from data


def test_a_format_from_data(firm):
    assert held(Masked.objects.create(company=firm)) == "A/001"
    firm.mask = "new-{number}"
    firm.save()
    assert held(Masked.objects.create(company=firm)) == "new-2"


def test_a_format_is_asked_once_for_a_series_and_batch(firm, django_assert_num_queries):
    other = Firm.objects.create(mask="other {number}")
    rows = [Masked(company_id=key) for key in [firm.pk, other.pk] * 50]
    textapp.asked.clear()
    Masked.objects.bulk_create(rows)
    assert sorted(textapp.asked) == sorted([firm.pk, other.pk])
    assert {rows[98].reference, rows[99].reference} == {"A/050", "other 50"}
    assert Masked.objects.values("reference").distinct().count() == 100


def test_related_rows_are_read_once(firm):
    drafts = [Draft(company_id=firm.pk, day=DAY) for _ in range(20)]
    queries = Queries("textapp_firm")
    with connection.execute_wrapper(queries):
        Draft.objects.bulk_create(drafts)
    assert queries.count == 1


class Queries:
    def __init__(self, word):
        self.word, self.count = word, 0

    def __call__(self, execute, sql, params, many, context):
        self.count += self.word in sql
        return execute(sql, params, many, context)


@pytest.mark.parametrize(
    "mask",
    [
        "no number",
        "{number:zzz}",
        "{number",
        "{number}{missing}",
        "{number.__class__}",
        "{company.__class__}{number}",
        "{company.pk.real}{number}",
        "{company._meta}{number}",
        "{company[0]}{number}",
        "{masked_set}{number}",
        "{0}{number}",
        "{}{number}",
        "{number}{save}",
        "{number:300000000d}",
        "{number:{number}}",
        "{number:{number:{number:{number}}}}",
        "{number:c}\ud800",
        "{number}\0",
        "{number!s:.0}",
        "{id}{number}",
        "{reference}{number}",
        "{number}" + "x" * 30,
        None,
    ],
)
def test_a_format_that_cannot_be_used(firm, mask):
    """Nothing but columns is shown: a format from data could tell secrets of the program."""
    Masked.objects.create(company=firm)
    wrong = Firm.objects.create(name="wrong")
    wrong.mask = mask
    with (
        pytest.raises(NumberTextInvalid, match=r"textapp\.Masked\.reference"),
        transaction.atomic(),
    ):
        Masked.objects.create(company=wrong)
    row = Masked.objects.create(company=firm)
    assert (row.number, Masked.objects.count()) == (2, 2)
    counters = Counter.objects.filter(name="text masked").count()
    assert counters == 1


# What is kept


def test_a_change_of_the_format_changes_no_old_row(firm, monkeypatch):
    draft = Draft.objects.create(company=firm, day=DAY)
    firm.prefix = "renamed"
    firm.save()
    draft.note = "changed"
    draft.save()
    field = Draft._meta.get_field("reference")
    monkeypatch.setattr(field, "format", "other {company.prefix} {number}")
    draft = Draft.objects.get()
    draft.save()
    Draft.objects.update(note="again")
    assert Draft.objects.get().reference == "A-2025-1"


@pytest.mark.parametrize("value", ["other", "", None, Value("x")])
def test_a_text_cannot_be_changed(value):
    bill = Bill.objects.create(issued_on=DAY)
    for change in (
        lambda: setattr(bill, "reference", value) or bill.save(),
        lambda: setattr(bill, "reference", value) or bill.save(update_fields=["reference"]),
        lambda: Bill.objects.update(reference=value),
        lambda: (
            setattr(bill, "reference", value) or Bill.objects.bulk_update([bill], ["reference"])
        ),
    ):
        with pytest.raises(NumberChanged, match=r"B-2026-0001"), transaction.atomic():
            change()
    bill.refresh_from_db()
    assert held(bill) == "B-2026-0001"


def test_the_same_text_may_be_written():
    bill = Bill.objects.create(issued_on=DAY)
    bill.save(update_fields=["reference"])
    Bill.objects.update(reference="B-2026-0001")
    Bill.objects.bulk_update([bill], ["reference", "note"])
    assert held(bill) == "B-2026-0001"


def test_a_text_of_ones_own_is_refused(firm):
    for row in (Bill(issued_on=DAY, reference="mine"), Draft(company=firm, reference="mine")):
        with pytest.raises(NumberNotIssued, match="accept_numbers"), transaction.atomic():
            row.save()
    draft = Draft.objects.create(company=firm)
    draft.reference = "mine"
    for day in (None, DAY):
        draft.day = day
        with pytest.raises(NumberChanged, match="assign_numbers"), transaction.atomic():
            draft.save()
    with pytest.raises(NumberChanged, match="assign_numbers"), transaction.atomic():
        Draft.objects.update(reference="mine")
    assert not Bill.objects.exists()


def test_a_missing_text_of_a_numbered_row_may_be_filled_in(firm):
    """From a column in which it was kept before."""
    Draft.objects.create(company=firm, day=DAY, note="old 1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE textapp_draft SET reference = NULL")
    assert Draft.objects.update(reference=F("note")) == 1
    assert Draft.objects.get().reference == "old 1"


def test_deferred_columns(firm):
    Draft.objects.create(company=firm, day=DAY)
    draft = Draft.objects.defer("reference", "number").get()
    draft.note = "n"
    draft.save()
    assert held(Draft.objects.only("pk").get())[0] == "A-2025-1"


def test_imports():
    with accept_numbers():
        kept = Bill.objects.create(number=7, reference="old/7", issued_on=DAY)
        made = Bill.objects.create(number=8, issued_on=DAY)
    assert (held(kept), held(made)) == ("old/7", "B-2026-0008")
    assert held(Bill.objects.create(issued_on=DAY)) == "B-2026-0009"


def test_copies(firm):
    bill = Bill.objects.create(issued_on=DAY)
    bill.pk = None
    bill._state.adding = True
    bill.full_clean()
    bill.save()
    assert held(bill) == "B-2026-0002"
    draft = Draft.objects.create(company=firm, day=DAY)
    draft.pk = draft.day = None
    draft.save()
    assert held(draft) == (None, None)
    again = pickle.loads(pickle.dumps(Bill.objects.get(pk=bill.pk)))
    again.pk = None
    again.save()
    assert held(again) == "B-2026-0003"


def test_a_retry_after_a_rollback(firm):
    bill, draft = Bill(issued_on=DAY), Draft.objects.create(company=firm)
    draft.day = DAY
    for attempt in range(2):
        try:
            with transaction.atomic():
                bill.save()
                draft.save()
                if not attempt:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            Bill.objects.create(issued_on=DAY)
            Draft.objects.create(company=firm, day=DAY)
            bill.pk = None
            bill._state.adding = True
    assert held(bill) == "B-2026-0002"
    assert held(draft)[0] == "A-2025-2"


def test_a_stale_instance(firm):
    """Another process has issued the draft: its text is told, as its number is."""
    draft = Draft.objects.create(company=firm)
    stale = Draft.objects.get()
    draft.day = DAY
    draft.save()
    firm.prefix = "N"
    firm.save()
    stale.day, stale.note = DAY, "stale"
    stale.save()
    assert held(stale) == held(draft)


def test_a_text_that_another_row_has(firm):
    """Formats of data may print two rows alike: no number is taken."""
    other = Firm.objects.create()
    Masked.objects.create(company=firm)
    with pytest.raises(NumberTextInUse, match=r"textapp\.Masked\.reference"), transaction.atomic():
        Masked.objects.create(company=other)
    with pytest.raises(NumberTextInUse), transaction.atomic():
        Masked.objects.bulk_create([Masked(company=other)])
    draft = Draft.objects.create(company=firm, day=DAY)
    twin = Draft.objects.create(company=other)
    twin.day = DAY
    with pytest.raises(NumberTextInUse, match=r"textapp\.Draft\.reference"), transaction.atomic():
        twin.save()
    Draft.objects.filter(pk=twin.pk).update(day=DAY)
    with pytest.raises(NumberTextInUse), transaction.atomic():
        assign_numbers(Draft.objects.all())
    with pytest.raises(NumberTextInUse), transaction.atomic(), deferred_numbering():
        Draft.objects.create(company=other, day=DAY)
    assert Masked.objects.count() == 1
    assert held(draft)[0] == "A-2025-1"
    assert get_last_value("text masked", scope=[other.pk]) is None


def test_other_errors_are_not_hidden():
    Bill.objects.create(pk=1, issued_on=DAY)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Bill.objects.bulk_create([Bill(pk=1, issued_on=DAY)])
    assert not isinstance(error.value, NumberTextInUse)


# Fixtures


def test_dumpdata_and_loaddata(firm, tmp_path):
    draft = Draft.objects.create(company=firm, day=DAY, note="n")
    path = tmp_path / "rows.json"
    call_command("dumpdata", "textapp", "gapless_fields.counter", output=str(path), verbosity=0)
    Draft.objects.all().delete()
    Counter.objects.all().delete()
    firm.prefix = "changed"
    firm.save()
    call_command("loaddata", str(path), verbosity=0)
    loaded = Draft.objects.get()
    assert held(loaded) == (draft.reference, draft.label) == ("A-2025-1", "'n'{1}")
    call_command("loaddata", str(path), verbosity=0)
    assert held(loaded)[0] == "A-2025-1"
    data = json.loads(path.read_text())
    (row,) = [row for row in data if row["model"] == "textapp.draft"]
    row["fields"]["reference"] = "other"
    path.write_text(json.dumps([row]))
    with pytest.raises(NumberChanged), transaction.atomic():
        call_command("loaddata", str(path), verbosity=0)


def test_a_fixture_from_before_there_were_texts(firm, tmp_path):
    fields = {"company": firm.pk, "day": "2026-05-17", "number": 4}
    without = {"company": firm.pk, "day": "2026-05-17"}
    rows = [
        {"model": "textapp.draft", "pk": 1, "fields": fields},
        {"model": "textapp.draft", "pk": 2, "fields": {**without, "number": None}},
    ]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows[:1]))
    call_command("loaddata", str(path), verbosity=0)
    assert Draft.objects.get().reference == "A-2025-4"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE textapp_draft SET reference = NULL")
    fields["reference"] = "brought"
    path.write_text(json.dumps(rows[:1]))
    call_command("loaddata", str(path), verbosity=0)
    assert Draft.objects.get().reference == "brought"


# Protection


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_the_text():
    with transaction.atomic():
        kept = Kept.objects.create()
    for value in ("other", "k1", None):
        with (
            pytest.raises(IntegrityError, match="stays with its row"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE textapp_kept SET reference = %s", [value])
    assert held(kept) == "K1"
    assert [field.name for field in Kept._meta.fields if isinstance(field, NumberTextField)]


@pytest.mark.django_db(transaction=True)
def test_the_database_lets_texts_be_made():
    with transaction.atomic(), deferred_numbering():
        kept = [Kept.objects.create(), *(Kept(note=str(n)) for n in range(0))]
    Kept.objects.filter(pk=kept[0].pk).update(note="changed")
    assert held(kept[0]) == "K1"


def test_a_format_of_related_rows(firm):
    """The row itself as text, nothing for no row, and what is no text."""
    Firm.objects.update(mask="{company} {company.name} {company_id} {number}")
    row = Masked.objects.create(company=Firm.objects.get())
    assert held(row) == f"ACME ACME {firm.pk} 1"
    ledger = Noted.objects.create()
    assert held(ledger)[0] == "//1"
    other = Noted.objects.create(company=firm, note="n")
    assert held(other)[0] == "ACME/A/2"
    assert held(Noted.objects.create(company_id=firm.pk))[0] == "ACME/A/3"
    field = Noted._meta.get_field("reference")
    assert field.refused(BinaryField()) == "has no text"
    with pytest.raises(NumberTextInvalid, match="data"), transaction.atomic():
        Firm.objects.update(mask="{company.data}{number}")
        Masked.objects.create(company=Firm.objects.get())


def test_two_numbers_of_a_row():
    """Each text names its own number."""
    row = Noted.objects.create()
    assert (row.number, row.other, row.other_text) == (1, 1, "O1")
    name, _path, _args, options = Noted._meta.get_field("other_text").deconstruct()
    assert (name, options["number_field"]) == ("other_text", "other")


def test_a_text_that_the_instance_does_not_remember(firm):
    """One that was made from values, and is saved over the row."""
    draft = Draft.objects.create(company=firm, day=DAY)
    values = {"pk": draft.pk, "company": firm, "day": DAY, "number": 1, "label": draft.label}
    Draft(**values, reference=draft.reference, note="again").save()
    assert Draft.objects.get().note == "again"
    with pytest.raises(NumberChanged, match="A-2025-1"), transaction.atomic():
        Draft(**values, reference="other").save()
    Draft.objects.create(company=firm, day=DAY)
    with pytest.raises(NumberChanged, match="1 more rows"), transaction.atomic():
        Draft.objects.update(reference="other")


# What an import may bring


def test_conflicts_do_not_overwrite_texts():
    Coded.objects.create(code="a")
    for reference in (None, "other"):
        with pytest.raises(OnConflictNotSupported, match="reference"), transaction.atomic():
            Coded.objects.bulk_create(
                [Coded(code="a", due=False, reference=reference)],
                update_conflicts=True,
                unique_fields=None if connection.vendor == "mysql" else ["code"],
                update_fields=["reference"],
            )
    assert Coded.objects.get().reference == "C1"


def test_a_text_comes_with_its_number():
    for values in ({"due": False}, {"due": True}):
        with (
            pytest.raises(NumberNotIssued, match="with their numbers"),
            transaction.atomic(),
            accept_numbers(),
        ):
            Coded.objects.create(code="a", reference="own", **values)
        with (
            pytest.raises(NumberNotIssued),
            transaction.atomic(),
            accept_numbers(),
            deferred_numbering(),
        ):
            Coded.objects.create(code="a", reference="own", **values)
    with transaction.atomic(), accept_numbers(), deferred_numbering():
        Coded.objects.create(code="b", number=7, reference="own")
    assert list(Coded.objects.values_list("number", "reference")) == [(7, "own")]


def test_a_fixture_with_a_text_for_a_draft(firm, tmp_path):
    draft = Draft.objects.create(company=firm)
    fields = {"company": firm.pk, "reference": "own"}
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"model": "textapp.draft", "pk": draft.pk, "fields": fields}]))
    with pytest.raises(NumberChanged), transaction.atomic():
        call_command("loaddata", str(path), verbosity=0)
    assert Draft.objects.get().reference is None


@pytest.mark.django_db(transaction=True)
def test_a_fixture_in_which_the_company_comes_later(tmp_path):
    """The text is left out, and can be made afterwards."""
    rows = [
        {"model": "textapp.draft", "pk": 1, "fields": {"company": 9, "day": DAY, "number": 1}},
        {"model": "textapp.masked", "pk": 1, "fields": {"company": 9, "number": 1}},
        {"model": "textapp.firm", "pk": 9, "fields": {"prefix": "L", "mask": "L{number}"}},
    ]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows, default=str))
    call_command("loaddata", str(path), verbosity=0)
    assert (Draft.objects.get().reference, Masked.objects.get().reference) == (None, None)
    assign_numbers(Draft.objects.all())
    call_command("assign_numbers", "textapp.Masked.number", verbosity=0)
    assert Draft.objects.get().reference == "L-2025-1"
    assert Masked.objects.get().reference == "L1"


def test_empty_texts_of_before(firm):
    Draft.objects.create(company=firm, day=DAY)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE textapp_draft SET reference = ''")
    assign_numbers(Draft.objects.all())
    assert Draft.objects.get().reference == "A-2025-1"


# Values that the text would not show as they are stored


def test_columns_with_their_own_pre_save():
    assert held(Priced.objects.create(slug="Hello")) == "hello/1/1"
    (row,) = Priced.objects.bulk_create([Priced(slug="ALL", price=Decimal("2.50"))])
    assert row.reference == "all/2.50/2"


def test_a_number_that_the_column_rounds():
    with pytest.raises(NumberTextInvalid, match="rounds"), transaction.atomic():
        Priced.objects.create(slug="x", price=Decimal("1.005"))
    assert held(Priced.objects.create(slug="x")) == "x/1/1"


def test_an_expression():
    with pytest.raises(NumberTextInvalid, match="expression"), transaction.atomic():
        Priced.objects.create(slug="x", price=Value(2) + Value(3))
    assert not Priced.objects.exists()


def test_a_related_row_that_does_not_exist(firm):
    with pytest.raises(NumberTextInvalid, match="does not exist"), transaction.atomic():
        Draft.objects.create(company_id=firm.pk + 99, day=DAY)
    assert not Draft.objects.exists()


def test_a_related_row_that_is_false(firm, monkeypatch):
    monkeypatch.setattr(Firm, "__len__", lambda _firm: 0, raising=False)
    assert held(Draft.objects.create(company=firm, day=DAY))[0] == "A-2025-1"


def test_a_counter_that_is_behind():
    Bill.objects.create(issued_on=DAY)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE textapp_bill SET number = 2, reference = 'B-2026-0002'")
    with (
        pytest.raises((SequenceNotSynced, NumberTextInUse), match="sync_sequences"),
        transaction.atomic(),
    ):
        Bill.objects.create(issued_on=DAY)


# The audit


def test_the_audit_finds_wrong_texts(firm):
    for note in "abcde":
        Draft.objects.create(company=firm, day=DAY, note=note)
    Draft.objects.create(company=firm)
    assert audit(Draft).is_complete
    for sql in (
        "UPDATE textapp_draft SET reference = 'A-2025-77' WHERE number = 1",
        "UPDATE textapp_draft SET reference = NULL WHERE number = 2",
        "UPDATE textapp_draft SET reference = '' WHERE number = 3",
        "UPDATE textapp_draft SET reference = 'old/4/17' WHERE number = 4",
        "UPDATE textapp_draft SET reference = 'early' WHERE number IS NULL",
    ):
        with connection.cursor() as cursor:
            cursor.execute(sql)
    faults = audit(Draft).faults
    assert {(finding.kind, finding.count) for _report, finding in faults} == {
        (Kind.WRONG_TEXT, 3),
        (Kind.WRONG_TEXT, 1),
    }
    (rows,) = [finding.rows for _report, finding in faults if finding.count == 3]
    assert [row.number for row in rows] == [1, 2, 3]
    output = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("audit_sequences", "textapp.Draft", stdout=output)
    assert "wrong text (3 rows)" in output.getvalue()


def test_the_audit_does_not_judge_formats_that_it_does_not_know(firm, monkeypatch):
    Masked.objects.create(company=firm)
    Firm.objects.update(mask="{number:x}")
    for _ in range(11):
        Masked.objects.create(company=Firm.objects.get())
    assert audit(Masked).is_complete
    Bill.objects.create(issued_on=DAY)
    monkeypatch.setattr(Bill._meta.get_field("reference"), "format", "{number:x}{number!s}")
    assert audit(Bill).is_complete


# Races


def write(seed, firms):
    """One writer: issues, drafts, blocks, rollbacks, and companies that are renamed meanwhile."""
    chosen = random.Random(seed)
    told = {}
    try:
        for _ in range(20):
            company = Firm.objects.get(pk=chosen.choice(firms))
            with suppress(ZeroDivisionError, OperationalError), transaction.atomic():
                way = chosen.randrange(5)
                if way == 0:
                    rows = [Masked.objects.create(company=company)]
                elif way == 1:
                    rows = Masked.objects.bulk_create([Masked(company=company) for _ in range(3)])
                elif way == 2:
                    rows = [Draft.objects.create(company=company)]
                    rows[0].day = DAY
                    rows[0].save()
                elif way == 3:
                    with deferred_numbering():
                        rows = [Draft.objects.create(company=company, day=DAY)]
                else:
                    company.prefix = f"P{company.pk}{chosen.choice('abc')}"
                    company.save()
                    rows = []
                if chosen.random() < 0.3:
                    raise ZeroDivisionError
                for row in rows:
                    row._told = row.reference
            for row in rows:
                if hasattr(row, "_told") and row.pk:
                    told[type(row), row.pk] = row._told
    finally:
        connection.close()
    return told


@pytest.mark.django_db(transaction=True)
def test_writers_at_once():
    """No text without its number, none twice, none changed."""
    firms = [
        Firm.objects.create(prefix=f"P{n}", mask="{company.prefix}/" + f"{n}-" + "{number:03d}").pk
        for n in range(3)
    ]
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(partial(write, firms=firms), range(4)))
    assert audit(Masked, Draft).is_complete
    stored = {
        (model, key): text
        for model in (Masked, Draft)
        for key, text, number in model.objects.values_list("pk", "reference", "number")
        if number is not None
    }
    assert None not in stored.values()
    assert len(set(stored.values())) == len(stored) > 20
    for one in told:
        for (model, key), text in one.items():
            if (model, key) in stored:
                assert stored[model, key] == text


# Forms, the admin, serializers


def test_forms_and_serializers():
    form = modelform_factory(Bill, fields="__all__")
    assert list(form.base_fields) == ["issued_on", "note"]

    class BillSerializer(serializers.ModelSerializer):
        class Meta:
            model = Bill
            fields = "__all__"

    serializer = BillSerializer(data={"issued_on": "2026-05-17", "reference": "mine"})
    serializer.is_valid(raise_exception=True)
    assert serializer.save().reference == "B-2026-0001"
    assert BillSerializer(Bill.objects.get()).data["reference"] == "B-2026-0001"


def test_the_admin_finds_texts(rf, admin_user):
    Bill.objects.create(issued_on=DAY)

    class BillAdmin(admin.ModelAdmin):
        search_fields = ("reference",)

    request = rf.get("/", {"q": "B-2026"})
    request.user = admin_user
    found, _distinct = BillAdmin(Bill, admin.site).get_search_results(
        request, Bill.objects.all(), "2026-0001"
    )
    assert found.count() == 1


# The declaration


def test_the_field():
    field = Bill._meta.get_field("reference")
    assert (field.editable, field.blank, field.unique) == (False, True, True)
    name, path, args, kwargs = field.deconstruct()
    assert (name, path, args) == ("reference", "gapless_fields.NumberTextField", [])
    assert kwargs == {"format": "B-{issued_on:%Y}-{number:04d}", "max_length": 14, "blank": True}
    again = NumberTextField(*args, **kwargs)
    assert again.deconstruct()[1:] == field.deconstruct()[1:]
    _name, _path, _args, kwargs = Masked._meta.get_field("reference").deconstruct()
    assert kwargs["format"] is textapp.mask
    for options in ({"editable": True}, {"blank": False}):
        with pytest.raises(ValueError, match="NumberTextField"):
            NumberTextField("{number}", max_length=9, **options)


def test_a_copy_in_another_model_is_a_plain_column():
    """As packages for history make them."""

    class Historical(models.Model):
        reference = NumberTextField(**Bill._meta.get_field("reference").deconstruct()[3])

        class Meta:
            app_label = "elsewhere"

    field = Historical._meta.get_field("reference")
    assert type(field) is models.CharField


def found(field, *, number=None, **columns):
    """What the checks find in a model with this field."""
    number = number or GaplessSequenceField(sequence="checked texts")
    attributes = {
        "__module__": "tests.textapp.models",
        "Meta": type("Meta", (), {"app_label": "textapp"}),
        "number": number,
        "reference": field,
        **columns,
    }
    from django.apps import apps

    model = type("CheckedText", (models.Model,), attributes)
    try:
        return [
            (m.id.rpartition(".")[2], m.msg) for m in model._meta.get_field("reference").check()
        ]
    finally:
        del apps.all_models["textapp"]["checkedtext"]
        apps.clear_cache()


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (NumberTextField("{number", max_length=9), "not a format"),
        (NumberTextField("{nummer}", max_length=9), "does not exist"),
        (NumberTextField("{pk}", max_length=9), "names no GaplessSequenceField"),
        (NumberTextField("{number:%Y}", max_length=9), "cannot format number"),
        (NumberTextField("{number}{save}", max_length=9), "'save' is no column"),
        (NumberTextField("{number}{fiscal}", max_length=9), "'fiscal', which does not exist"),
        (NumberTextField("{number.real}", max_length=9), "'real' is no column"),
        (NumberTextField("{number}", max_length=9, number_field="nummer"), "shows no number"),
        (NumberTextField("{number}", max_length=9, default="x"), "cannot have a default"),
        (NumberTextField(7, max_length=9), "neither a text nor a function"),
        (NumberTextField("{id}{number}", max_length=9), "not known before the row is written"),
        (NumberTextField("{reference}{number}", max_length=9), "another number, or its text"),
        (NumberTextField("{number:{number}}", max_length=9), "inside of"),
        (NumberTextField("{number:99999d}", max_length=9), "too wide"),
    ],
)
def test_faults_of_a_declaration(field, expected):
    ((id_, message), *_others) = found(field)
    assert id_ == "E020"
    assert expected in message


def test_a_text_needs_null_as_its_number_does():
    number = GaplessSequenceField(sequence="checked texts", null=True)
    ((id_, message),) = found(NumberTextField("{number}", max_length=9), number=number)
    assert id_ == "E020"
    assert "null=True" in message


def test_texts_that_repeat():
    company = models.ForeignKey(Firm, on_delete=models.CASCADE, related_name="+")
    number = GaplessSequenceField(sequence="checked texts", scope=["company"])
    ((id_, message),) = found(
        NumberTextField("{number}", max_length=9), number=number, company=company
    )
    assert id_ == "E021"
    assert "'company'" in message
    loop = GaplessSequenceField(sequence="checked texts", reset_value=5)
    ((id_, message),) = found(NumberTextField("{number}", max_length=9), number=loop)
    assert id_ == "E021"
    assert "reset_value" in message
    loop = GaplessSequenceField(sequence="checked texts", reset_value=5)
    assert found(NumberTextField("{number}", max_length=9, unique=False), number=loop) == []


def test_the_models_here_have_no_faults():
    for model in (Bill, Draft, Masked, Parent, Child, Kept):
        for field in model._meta.local_fields:
            assert not isinstance(field, NumberTextField) or field.check() == []
