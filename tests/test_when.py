"""Drafts: numbered at the first save at which ``when`` holds, and never twice."""

from __future__ import annotations

import datetime
import itertools
import warnings

import pytest
from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gapless_fields import (
    GaplessOutsideAtomicWarning,
    NumberChanged,
    OnConflictNotSupported,
    ScopeChanged,
    ScopeIncomplete,
    get_last_value,
)
from gapless_fields.models import Counter
from gapless_fields.series.when import Condition
from tests.test_outside_atomic import caught, load, worker
from tests.testapp.models import Bill, Company, CreditNote, Deed, Paper, Shipment

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning"),
]
DAY = datetime.date(2026, 3, 31)


@pytest.fixture
def company():
    return Company.objects.create(name="a")


def draft(company, model=Bill):
    row = model.objects.create(company=company)
    assert row.number is None
    assert model.objects.get(pk=row.pk).number is None
    return row


def stored(row):
    return type(row).objects.values_list("number", flat=True).get(pk=row.pk)


def test_a_draft_takes_no_number(company):
    draft(company)
    assert not Counter.objects.exists()
    Bill.objects.bulk_create([Bill(company=company), Bill(company=company)])
    assert not Counter.objects.exists()


def test_the_first_save_at_which_it_holds_numbers_the_row(company):
    row, other = draft(company), draft(company)
    other.issued_on = DAY
    other.save()
    row.issued_on = DAY
    row.save()
    assert (other.number, row.number) == (1, 2)
    assert (stored(other), stored(row)) == (1, 2)
    row.note = "later"
    row.save()
    assert stored(row) == 2
    assert get_last_value("bills", scope=(company, 2026)) == 2


def test_an_insert_at_which_it_holds(company):
    assert Bill.objects.create(company=company, issued_on=DAY).number == 1
    assert Bill.objects.get_or_create(company=company, issued_on="2026-01-01")[0].number == 2


def test_update_fields(company):
    row = draft(company)
    row.issued_on = DAY
    row.note = "only in memory"
    row.save(update_fields=["note"])
    assert (row.number, stored(row)) == (None, None)
    row.note = "not saved"
    row.company = Company.objects.create(name="not saved")
    row.save(update_fields=["issued_on"])
    assert (row.number, stored(row)) == (1, 1)
    assert get_last_value("bills", scope=(company, 2026)) == 1  # by the row, not by memory
    assert Bill.objects.get(pk=row.pk).note == "only in memory"


def test_update_fields_of_a_row_that_is_due_already(company):
    row = Shipment.objects.create()
    Shipment.objects.filter(pk=row.pk).update(status="sent", weight=5)
    row.save(update_fields=["weight"])  # writes NULL
    assert stored(row) is None
    Shipment.objects.filter(pk=row.pk).update(weight=5)
    row.weight = 6
    row.save(update_fields=["weight"])
    assert (row.number, stored(row)) == (1, 1)


def test_update_fields_of_the_number_alone():
    row = Shipment.objects.create()
    Shipment.objects.filter(pk=row.pk).update(status="sent", weight=5)
    row.save(update_fields=["number"])
    assert (row.number, stored(row)) == (1, 1)
    row.save(update_fields=["number"])
    assert stored(row) == 1


def test_deferred_columns(company):
    pk = draft(company).pk
    for n, names in enumerate((["number"], ["number", "company"], ["issued_on"]), 1):
        row = Bill.objects.defer(*names).get(pk=pk)
        row.issued_on = DAY
        row.save()
        assert stored(row) == n
        pk = draft(company).pk
    row = Bill.objects.only("note").get(pk=pk)
    row.save()
    assert stored(row) is None


def test_update_or_create(company):
    row = draft(company)
    found, created = Bill.objects.update_or_create(pk=row.pk, defaults={"issued_on": DAY})
    assert (found.number, created) == (1, False)
    assert stored(row) == 1
    found, created = Bill.objects.update_or_create(
        note="new", defaults={"issued_on": DAY}, create_defaults={"company": company}
    )
    assert (found.number, created) == (None, True)


def test_multi_table_children():
    deed = Deed.objects.create(text="a")
    assert deed.number is None
    deed.signed = True
    deed.save()
    assert (deed.number, stored(deed)) == (1, 1)
    other = Deed.objects.create()
    Deed.objects.filter(pk=other.pk).update(signed=True)
    paper = Paper.objects.get(pk=other.pk)
    paper.save()
    assert (paper.number, stored(other)) == (2, 2)
    other.save(update_fields=["text"])
    assert stored(other) == 2
    assert Deed.objects.create(signed=True).number == 3


def test_expressions(company):
    row = draft(company)
    row.issued_on = Value(DAY)
    row.save()
    assert stored(row) == 1
    row = draft(company)
    Bill.objects.filter(pk=row.pk).update(issued_on=None)
    row.issued_on = F("issued_on")
    row.save()
    assert stored(row) is None
    shipment = Shipment.objects.create(weight=1)
    shipment.status = Value("sent")
    shipment.save()
    assert stored(shipment) == 1
    shipment.weight = F("weight") + 1
    shipment.save()
    assert stored(shipment) == 1
    # An attribute that Django has forgotten does not matter.
    shipment = Shipment.objects.create(status="sent")
    shipment.weight = Value(2)
    shipment.save()
    shipment.save()
    assert stored(shipment) == 2
    with pytest.raises(ValueError, match="is an expression"), transaction.atomic():
        Bill.objects.create(company=company, issued_on=Now())


def test_turning_it_off_keeps_the_number(company):
    row = Shipment.objects.create(status="sent", weight=1)
    row.status = "draft"
    row.save()
    assert stored(row) == 1
    row.status = "sent"
    row.save()
    assert stored(row) == 1
    assert get_last_value("shipments") == 1


def test_stale_copies(company):
    row = draft(company)
    stale, staler, stalest = (Bill.objects.get(pk=row.pk) for _ in range(3))
    row.issued_on = DAY
    row.save()
    stale.issued_on = DAY
    stale.save()  # adopts
    assert (stale.number, stored(row)) == (1, 1)
    staler.issued_on = datetime.date(2026, 1, 1)
    staler.save(update_fields=["issued_on"])
    assert (staler.number, stored(row)) == (1, 1)
    stalest.issued_on = DAY
    stalest.note = "x"
    stalest.save()
    assert (stalest.number, stored(row)) == (1, 1)
    assert get_last_value("bills", scope=(company, 2026)) == 1


def test_a_stale_draft_neither_erases_nor_replaces(company):
    row = Shipment.objects.create(weight=1)
    stale = Shipment.objects.get(pk=row.pk)
    row.status = "sent"
    row.save()
    stale.weight = 9
    stale.save()
    assert stored(row) == 1
    assert Shipment.objects.get(pk=row.pk).status == "draft"  # what Django does with stale copies


def test_deleted_meanwhile(company):
    row, other = draft(company), draft(company)
    Bill.objects.filter(pk=row.pk).delete()
    row.issued_on = DAY
    with pytest.raises(Exception, match="did not affect any rows"), transaction.atomic():
        row.save(update_fields=["issued_on"])
    assert get_last_value("bills", scope=(company, 2026)) is None
    row.save()  # Django INSERTs it
    assert row.number == 1
    other.issued_on = DAY
    other.save()
    assert other.number == 2


def test_a_rollback_takes_the_number_back(company):
    row = draft(company)
    row.issued_on = DAY
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            row.save()
            assert row.number == 1
            raise ZeroDivisionError
        assert stored(row) is None
    other = draft(company)
    other.issued_on = DAY
    other.save()
    assert other.number == 1
    row.save()  # carries a number that was rolled back
    assert (row.number, stored(row)) == (2, 2)
    loaded = Bill.objects.get(pk=row.pk)
    loaded.save()
    assert stored(row) == 2


def test_loaded_in_a_transaction_that_is_rolled_back(company):
    row = draft(company)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        row.issued_on = DAY
        row.save()
        loaded = Bill.objects.get(pk=row.pk)
        raise ZeroDivisionError
    assert loaded.number == 1
    loaded.save()
    assert (loaded.number, stored(row)) == (1, 1)
    assert get_last_value("bills", scope=(company, 2026)) == 1


@pytest.mark.parametrize("update_fields", [None, ["issued_on"], ["issued_on", "number"]])
def test_rolled_back_and_issued_in_another_series_by_another(company, update_fields):
    row = draft(company)
    other = Bill.objects.get(pk=row.pk)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        row.issued_on = DAY
        row.save()
        raise ZeroDivisionError
    other.issued_on = datetime.date(2027, 1, 1)
    other.save()
    assert (row.number, other.number) == (1, 1)  # of two series
    with pytest.raises(ScopeChanged), transaction.atomic():
        row.save(update_fields=update_fields)
    assert Bill.objects.get().issued_on == datetime.date(2027, 1, 1)
    assert get_last_value("bills", scope=(company, 2026)) is None


def test_a_company_that_was_only_changed_in_memory(company):
    row = draft(company)
    row.company = Company.objects.create(name="b")
    row.issued_on = DAY
    row.save(update_fields=["issued_on"])
    with pytest.raises(ScopeChanged), transaction.atomic():
        row.save()
    by_hand = Bill(pk=row.pk, number=1, company=row.company, issued_on=DAY)
    with pytest.raises(ScopeChanged), transaction.atomic():
        by_hand.save()
    assert Bill.objects.get().company == company


def test_a_number_set_by_hand_on_a_draft(company):
    row = draft(company)
    row.number = 7
    row.issued_on = DAY
    with pytest.raises(NumberChanged), transaction.atomic():
        row.save()
    assert stored(row) is None


def test_a_copy_of_an_issued_row_as_a_draft(company):
    row = Bill.objects.create(company=company, issued_on=DAY)
    row.pk, row.issued_on = None, None
    row.save(force_insert=True)
    assert (row.number, stored(row)) == (None, None)
    row.issued_on = DAY
    row.save()
    assert (row.number, stored(row)) == (2, 2)


def test_a_date_is_asked_for(company):
    shipment = Paper.objects.create()
    assert shipment.number is None
    row = Bill(company=company)
    with pytest.raises(ScopeIncomplete):
        Bill._meta.get_field("number").series_for(row)


def test_queries(company):
    row = draft(company)
    with CaptureQueriesContext(connection) as queries:
        row.note = "still a draft"
        row.save()
    assert len(queries) == 1
    row.issued_on = DAY
    row.save()
    with CaptureQueriesContext(connection) as queries:
        row.note = "issued"
        row.save()
        row.save(update_fields=["note"])
    assert len(queries) == 2


def test_bulk_update_and_update_do_not_number(company):
    row = draft(company)
    Bill.objects.filter(pk=row.pk).update(note="x")
    row.note = "y"
    Bill.objects.bulk_update([row], ["note"])
    assert stored(row) is None


def test_raw_saves_are_left_alone():
    row = Shipment.objects.create(weight=1)
    row.status = "sent"
    row.save_base(raw=True)
    assert stored(row) is None


def test_conflicts(company):
    if not connection.features.supports_update_conflicts_with_target:
        pytest.skip("MariaDB's ON DUPLICATE KEY names no target")
    row = draft(company)
    options = {"update_conflicts": True, "unique_fields": ["id"]}
    rows = [Bill(pk=row.pk, company=company, note="x")]
    Bill.objects.bulk_create(rows, update_fields=["note"], **options)
    for name in ("issued_on", "company"):
        with pytest.raises(OnConflictNotSupported, match=name):
            Bill.objects.bulk_create(rows, update_fields=[name], **options)
    rows = [Bill(company=company, issued_on=DAY)]
    with pytest.raises(OnConflictNotSupported):
        Bill.objects.bulk_create(rows, ignore_conflicts=True)


@pytest.mark.django_db(transaction=True)
def test_in_autocommit_the_update_and_its_number_are_one_transaction(company):
    row = draft(company)
    row.issued_on = DAY
    row.note = "x" * 51  # too long for PostgreSQL and MariaDB
    if connection.vendor == "sqlite":
        row.note = None  # NOT NULL
    with pytest.raises(Exception, match=r"too long|NOT NULL"):
        row.save()
    assert get_last_value("bills", scope=(company, 2026)) is None
    assert stored(row) is None
    row.note = ""
    row.save()
    assert stored(row) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("in_atomic", [True, False])
def test_two_issue_the_same_draft_at_the_same_moment(actors, company, isolation, in_atomic):
    if connection.vendor == "sqlite" and isolation != "SERIALIZABLE":
        pytest.skip("SQLite is always serializable")
    one, two = actors
    row = draft(company)
    copies = [Bill.objects.get(pk=row.pk) for _ in range(2)]
    for copy in copies:
        copy.issued_on = DAY
    for actor in actors:
        if connection.vendor == "postgresql":
            actor.execute(f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {isolation}")
        elif connection.vendor == "mysql":
            actor.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation}")
    one.begin()
    one.do(copies[0].save)
    if in_atomic:
        two.begin()
        if connection.vendor != "sqlite":
            two.do(list, Company.objects.all())  # its snapshot
    waiting = two.waits(copies[1].save)
    one.commit()
    error = waiting.exception(30)
    if error is not None:  # the snapshot is older: nothing happened, and it may try again
        assert isolation != "READ COMMITTED", error
        if in_atomic:
            two.rollback()
        two.do(copies[1].save)
    elif in_atomic:
        two.commit()
    assert stored(row) == 1
    assert copies[1].number == 1
    assert get_last_value("bills", scope=(company, 2026)) == 1


@pytest.mark.django_db(transaction=True)
def test_one_rolls_back_while_the_other_waits(actors, company):
    one, two = actors
    row = draft(company)
    copies = [Bill.objects.get(pk=row.pk) for _ in range(2)]
    for copy in copies:
        copy.issued_on = DAY
    one.begin()
    one.do(copies[0].save)
    waiting = two.waits(copies[1].save)
    one.rollback()
    waiting.result(30)
    assert (copies[1].number, stored(row)) == (1, 1)
    copies[0].save()
    assert (copies[0].number, stored(row)) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_deletes_while_the_other_waits(actors, company):
    one, two = actors
    row = draft(company)
    copy = Bill.objects.get(pk=row.pk)
    copy.issued_on = DAY
    one.begin()
    one.do(Bill.objects.filter(pk=row.pk).delete)
    waiting = two.waits(copy.save, update_fields=["issued_on"])
    one.commit()
    assert "did not affect any rows" in str(waiting.exception(30))
    assert get_last_value("bills", scope=(company, 2026)) is None


@pytest.mark.django_db(transaction=True)
def test_the_warning_comes_when_a_number_is_taken(company):
    row = draft(company)
    save = load("def save(row, **options):\n    row.save(**options)\n").save
    assert caught(save, row) == []
    row.issued_on = DAY
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(GaplessOutsideAtomicWarning):
            worker.run(save, row)
    assert stored(row) is None
    (warning,) = caught(save, row)
    assert (warning.filename, warning.lineno) == ("/srv/shop/services.py", 2)
    assert caught(save, row) == []
    other = draft(company)
    other.issued_on = DAY
    with transaction.atomic():
        assert caught(save, other) == []
    assert (stored(row), stored(other)) == (1, 2)


def test_sharing(company):
    rows = [draft(company, model) for model in (Bill, CreditNote) * 3]
    for row in rows:
        row.issued_on = DAY
        row.save()
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]


texts = st.sampled_from(["", "draft", "packed", "sent"])
statuses = st.none() | texts
weights = st.none() | st.integers(0, 3)
leaves = st.one_of(
    st.builds(lambda value: Q(status=value), statuses),
    st.builds(lambda value: Q(weight=value), weights),
    st.builds(lambda value: Q(weight__exact=value), weights),
    st.builds(lambda value: Q(status__in=value), st.lists(texts, max_size=3)),
    st.builds(lambda value: Q(weight__in=value), st.lists(st.integers(0, 3), max_size=3)),
    st.builds(lambda value: Q(status__isnull=value), st.booleans()),
    st.builds(lambda value: Q(weight__isnull=value), st.booleans()),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=6,
)


@given(conditions)
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_python_and_sql_judge_alike(condition):
    if not Shipment.objects.exists():
        everything = itertools.product([None, "", "draft", "packed", "sent"], [None, 0, 1, 2, 3])
        for status, weight in everything:
            Shipment.objects.create(status=status, weight=weight)
    when = Condition(condition, Shipment)
    in_python = {row.pk for row in Shipment.objects.all() if when.holds(row)}
    assert set(Shipment.objects.filter(when.q).values_list("pk", flat=True)) == in_python


@pytest.mark.parametrize(("name", "holds"), [("signed", [False, True]), ("number", [False, True])])
def test_columns_as_conditions(name, holds):
    papers = [Paper.objects.create(), Paper.objects.create(signed=True)]
    when = Condition(name, Paper)
    assert [when.holds(paper) for paper in papers] == holds
    assert list(Paper.objects.filter(when.q)) == papers[1:]


def test_empty_text_is_not_set():
    when = Condition("status", Shipment)
    rows = [Shipment.objects.create(status=status) for status in (None, "", "x")]
    assert [when.holds(row) for row in rows] == [False, False, True]
    assert list(Shipment.objects.filter(when.q)) == rows[2:]
