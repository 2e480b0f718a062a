"""``QuerySet.update()`` and ``bulk_update()`` change no number, and move no numbered row."""

from __future__ import annotations

import asyncio
import datetime

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import connection, connections, transaction
from django.db.models import (
    BigIntegerField,
    Case,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Random, Round
from django.test.utils import CaptureQueriesContext

from gapless_fields import NumberChanged, ScopeChanged, assign_numbers
from tests.testapp.models import (
    Bill,
    Booking,
    Company,
    Deed,
    Filed,
    Invoice,
    Letter,
    Paper,
    Position,
    Shipment,
    Slip,
)

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 31)
NEXT_YEAR = datetime.date(2027, 3, 31)


@pytest.fixture
def companies():
    return [Company.objects.create(name=name) for name in "ab"]


@pytest.fixture
def slips(companies):
    """Two with a number, and a draft."""
    return [Slip.objects.create(company=companies[0], issued_on=day) for day in (DAY, DAY, None)]


def stored(model=Slip, *names):
    return list(model.objects.order_by("pk").values_list(*(names or ("company", "number"))))


def refused(error, match, action, *args, **kwargs):
    with pytest.raises(error, match=match), transaction.atomic():
        action(*args, **kwargs)


def test_a_scope_column_of_numbered_rows(companies, slips):
    one, two = companies
    before = stored()
    numbered = Slip.objects.filter(number__isnull=False)
    for values in (
        {"company": two},
        {"company_id": two.pk},
        {"company": two.pk, "note": "n"},
        {"company": str(two.pk)},
        {"company": F("company") + (two.pk - one.pk)},
        {"company": Case(When(note="x", then=Value(one.pk)), default=Value(two.pk))},
        {"company": Company.objects.filter(name="b").values("pk")[:1]},
        {"company": Subquery(Company.objects.exclude(pk=OuterRef("company")).values("pk")[:1])},
        {"issued_on": NEXT_YEAR},
        {"issued_on": "2027-01-01"},
        {"issued_on": None},
    ):
        what = r"\(The same is true of 1 more rows\.\)"
        refused(ScopeChanged, what, numbered.update, **values)
        refused(ScopeChanged, what, Slip.objects.update, **values)
        refused(ScopeChanged, "series", numbered.filter(number=2).update, **values)
    assert stored() == before


def test_what_the_refusal_says(companies, slips):
    two = companies[1]
    refused(ScopeChanged, "a change of company would move it", Slip.objects.update, company=two)
    refused(ScopeChanged, "issued_on, .* cannot be cleared", Slip.objects.update, issued_on=None)
    first = Slip.objects.filter(number=1)  # of several rows, the error names any one
    refused(NumberChanged, "is 1 and cannot be changed to 7", first.update, number=7)
    drafts = Slip.objects.filter(number=None)
    refused(NumberChanged, "has no number yet, and cannot be set to 7", drafts.update, number=7)


def test_what_stays_in_its_series_is_updated(companies, slips):
    one, two = companies
    assert Slip.objects.update(company=one, note="n") == 3
    issued = Slip.objects.filter(number__isnull=False)
    assert issued.update(issued_on=datetime.date(2026, 1, 1)) == 2
    assert issued.update(company=F("company"), number=F("number")) == 2
    assert Slip.objects.filter(number=None).update(company=two) == 1
    assert Slip.objects.filter(note="x").update(company=two, number=7) == 0
    assert stored() == [(one.pk, 1), (one.pk, 2), (two.pk, None)]
    assert set(Slip.objects.values_list("note", flat=True)) == {"n"}


def test_drafts_and_numbered_rows_together(companies, slips):
    """Rows of one statement: drafts go where they like, others stay."""
    one, two = companies
    Slip.objects.filter(number=None).update(company=two)
    moved = Case(
        When(company=two, then=Value(one.pk)), default=F("company"), output_field=BigIntegerField()
    )
    assert Slip.objects.update(company=moved) == 3
    assert stored() == [(one.pk, 1), (one.pk, 2), (one.pk, None)]


def test_bulk_update(companies, slips):
    one, two = companies
    first, _second, draft = slips
    before = stored()
    first.company = two
    refused(ScopeChanged, "company", Slip.objects.bulk_update, slips, ["company"])
    refused(ScopeChanged, "company", Slip.objects.bulk_update, slips, ["company", "note"], 1)
    first.company, first.number = one, 9
    refused(NumberChanged, "to 9", Slip.objects.bulk_update, slips, ["number"])
    first.number = None  # a stale draft
    refused(NumberChanged, "to None", Slip.objects.bulk_update, slips, ["note", "number"])
    assert stored() == before
    first.number, draft.company, draft.note = 1, two, "n"
    fields = ["company", "issued_on", "note", "number"]
    assert Slip.objects.bulk_update(slips, fields) == 3
    assert stored() == [(one.pk, 1), (one.pk, 2), (two.pk, None)]


def test_a_number():
    rows = [Invoice.objects.create() for _ in range(2)]
    for value in (2, None, F("number") + 1, Value(5), "7"):
        refused(
            NumberChanged,
            "cannot be changed",
            Invoice.objects.filter(number=1).update,
            number=value,
        )
    assert Invoice.objects.filter(number=1).update(number="1", note="n") == 1
    assert Invoice.objects.update(note="m") == 2
    assert Invoice.objects.bulk_update(rows, ["note"]) == 2
    assert stored(Invoice, "number") == [(1,), (2,)]


def test_numbers_of_parents():
    letter = Letter.objects.create(text="a")
    refused(NumberChanged, "to 9", Letter.objects.update, number=9)
    refused(NumberChanged, "to 9", Letter.objects.filter(number=1).update, text="b", number=9)
    assert Letter.objects.filter(number=1).update(text="b") == 1
    assert Letter.objects.values_list("number", "text").get(pk=letter.pk) == (1, "b")


def test_related_managers(companies, slips):
    one, two = companies
    refused(ScopeChanged, "company", two.slip_set.add, slips[0])
    refused(ScopeChanged, "company", two.slip_set.set, slips)
    refused(ScopeChanged, "company", one.slip_set.update, company=two)
    two.slip_set.add(slips[2])
    assert one.slip_set.update(note="n") == 2
    assert stored() == [(one.pk, 1), (one.pk, 2), (two.pk, None)]


def test_querysets_that_join_annotate_or_order(companies, slips):
    one, two = companies
    rows = Slip.objects.filter(company__name="a").annotate(twin=F("company")).order_by("-pk")
    for some in (rows, rows.distinct(), rows.select_related("company"), rows.only("note")):
        refused(ScopeChanged, "company", some.update, company=two)
        assert some.update(company=one, note="n") == 3
    with pytest.raises(TypeError, match="slice"):
        rows[:1].update(company=two)


def test_several_fields_of_a_row(companies):
    moment = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    Booking.objects.create(company=companies[0], day=DAY, moment=moment)
    refused(ScopeChanged, "in_week", Booking.objects.update, day=DAY + datetime.timedelta(7))
    refused(ScopeChanged, "in_month", Booking.objects.update, moment=moment.replace(month=3))
    assert Booking.objects.update(moment=moment.replace(hour=13)) == 1


def test_conditions_pass(companies, slips):
    """What ``when`` asks about is not the series: ``assign_numbers()`` follows such an update."""
    shipment = Shipment.objects.create(weight=1)
    with CaptureQueriesContext(connection) as queries:
        assert Shipment.objects.update(status="sent") == 1
    assert len(queries) == 1
    assert assign_numbers(Shipment.objects.all()) == 1
    assert Deed.objects.update(signed=True) == 0
    assert Shipment.objects.get(pk=shipment.pk).number == 1
    assert Paper.objects.update(signed=True) == 0


def test_queries(companies, slips):
    """One more where a scope column is touched, and the transaction around both."""

    def queries(**values):
        with CaptureQueriesContext(connection) as captured:
            Slip.objects.filter(number=None).update(**values)
        return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]

    assert len(queries(note="n")) == 1
    look, *locks, update = queries(company=companies[1])
    assert len(locks) == (connection.vendor == "sqlite")
    assert update.startswith("UPDATE")
    if connection.vendor != "sqlite":
        assert "FOR" in look


@pytest.mark.django_db(transaction=True)
def test_async(companies, slips):
    async def update():
        with pytest.raises(ScopeChanged):
            await Slip.objects.aupdate(company=companies[1])
        slips[0].company = companies[1]
        with pytest.raises(ScopeChanged):
            await Slip.objects.abulk_update(slips, ["company"])
        await sync_to_async(connections.close_all)()

    asyncio.run(update())


@pytest.mark.django_db(transaction=True)
def test_autocommit_updates_all_or_nothing(companies, slips):
    before = stored()
    with pytest.raises(ScopeChanged):
        Slip.objects.update(company=companies[1])
    assert stored() == before
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("commits", [True, False])
def test_a_draft_is_issued_between_the_look_and_the_update(actors, companies, commits):
    one, two = actors
    row = Bill.objects.create(company=companies[0])

    def issue():
        row.issued_on = DAY
        row.save()

    one.begin()
    one.do(issue)
    moving = two.waits(lambda: Bill.objects.filter(pk=row.pk).update(company=companies[1]))
    if commits:
        one.commit()
        with pytest.raises(ScopeChanged):
            moving.result(30)
        assert stored(Bill) == [(companies[0].pk, 1)]
    else:
        one.rollback()
        assert moving.result(30) == 1
        assert stored(Bill) == [(companies[1].pk, None)]


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_being_moved_is_issued_where_it_is_then(actors, companies):
    one, two = actors
    row = Bill.objects.create(company=companies[0])
    Bill.objects.create(company=companies[1], issued_on=DAY)

    def issue():
        draft = Bill(pk=row.pk, issued_on=DAY)
        draft._state.adding = False
        draft.save(update_fields=["issued_on"])

    one.begin()
    one.do(lambda: Bill.objects.filter(pk=row.pk).update(company=companies[1]))
    waiting = two.waits(issue)
    one.commit()
    waiting.result(30)
    assert stored(Bill)[0] == (companies[1].pk, 2)


def test_expressions_are_judged_by_what_is_stored():
    """Rounded by the column, different each time, or of rows that the statement itself changes."""
    rows = [Filed.objects.create(integer=n) for n in (1, 1, 2)]
    before = stored(Filed, "integer", "number")
    others = Filed.objects.exclude(pk=OuterRef("pk")).order_by("-integer").values("integer")[:1]
    values = [F("integer") + 0.75, Round(Random()) + 5, Random() * 100 + 5]
    if connection.features.update_can_self_select:
        values.append(Subquery(others))
    for value in values:
        integer = ExpressionWrapper(value, output_field=FloatField())
        with pytest.raises((ScopeChanged, ValueError)), transaction.atomic():
            Filed.objects.update(integer=integer)
        rows[0].integer = integer
        with pytest.raises((ScopeChanged, ValueError)), transaction.atomic():
            rows[0].save()
    assert stored(Filed, "integer", "number") == before


def test_numbers_are_not_rounded():
    Invoice.objects.bulk_create([Invoice(), Invoice()])
    last = Invoice.objects.filter(number=2)
    for value in (F("number") + 0.75, F("number") - 0.75, Random() * 9 + 3):
        expression = ExpressionWrapper(value, output_field=FloatField())
        with pytest.raises(NumberChanged), transaction.atomic():
            last.update(number=expression)
    assert stored(Invoice, "number") == [(1,), (2,)]


def test_a_draft_that_an_expression_makes_due_otherwise_than_told():
    """A condition on what the column rounds."""
    draft = Shipment.objects.create(status="sent")
    draft.weight = ExpressionWrapper(Random() * 0 + Value(1), output_field=FloatField())
    draft.save()
    draft.refresh_from_db()
    assert (draft.weight, draft.number) == (1, 1)


def test_datetimes_by_expressions(companies):
    """MariaDB answers a CASE of datetimes with text."""
    moment = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    rows = [Booking.objects.create(company=companies[0], day=DAY, moment=moment) for _ in range(2)]
    for row in rows:
        row.moment = moment.replace(hour=13)
    assert Booking.objects.bulk_update(rows, ["moment", "day"]) == 2
    rows[1].moment = moment.replace(month=3)
    refused(ScopeChanged, "in_month", Booking.objects.bulk_update, rows, ["moment"])
    assert Booking.objects.update(moment=Value(moment)) == 2
    rows[0].moment = Value(moment)
    rows[0].save(update_fields=["moment"])
    case = Case(When(pk=rows[0].pk, then=Value(moment)), default=F("moment"))
    assert Booking.objects.update(moment=case) == 2
    rows[0].moment = case
    rows[0].save(update_fields=["moment"])


def test_annotations_and_filters_of_other_rows(companies, slips):
    one, two = companies
    with_twin = Slip.objects.annotate(twin=F("company")).alias(other=F("company"))
    assert with_twin.update(company=F("twin")) == 3
    assert with_twin.update(company=F("other")) == 3
    if connection.features.update_can_self_select:
        newest = Slip.objects.filter(number=None).values("note")
        assert Slip.objects.filter(note__in=newest).update(company=one, note="n") == 3
    refused(ScopeChanged, "company", with_twin.update, company=F("twin") + (two.pk - one.pk))


def test_many_rows_with_keys_of_several_columns():
    Position.objects.bulk_create([Position(contract=n, line="a") for n in range(2100)])
    assert Position.objects.update(number=F("number")) == 2100
    with pytest.raises(NumberChanged, match=r"of 2099 more rows"), transaction.atomic():
        Position.objects.update(number=None)


def test_what_is_no_column_is_django_s_error(slips):
    refused(FieldDoesNotExist, "nothing", Slip.objects.update, nothing=1)
    with pytest.raises((AttributeError, FieldError)):  # the other end of a OneToOneField
        Paper.objects.update(deed=1)
    assert stored() == [(row.company_id, row.number) for row in slips]


def test_a_queryset_as_the_value(companies, slips):
    keys = [Company.objects.filter(name=name).values("pk")[:1] for name in "ab"]
    refused(ScopeChanged, "a change of company", Slip.objects.update, company=keys[1])
    assert Slip.objects.update(company=keys[0]) == 3
    assert Slip.objects.filter(number=None).update(company=keys[1]) == 1
    assert stored() == [(companies[0].pk, 1), (companies[0].pk, 2), (companies[1].pk, None)]
