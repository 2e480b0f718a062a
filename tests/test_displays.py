"""Numbers as people read them, in Python and in SQL."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.admin.utils import display_for_value, label_for_field, lookup_field
from django.contrib.auth.models import User
from django.db import models, transaction
from django.template import Context, Template
from django.test.utils import isolate_apps
from django.utils import timezone

from gapless_fields import NumberDisplay, accept_numbers
from tests.testapp.models import Booking, Company, Ledger

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning"),
]
DAY = datetime.date(2026, 3, 5)


def test_python():
    row = Ledger.objects.create(code="A", booked_on=DAY)
    assert row.reference == "A-2026/03/05-00001"
    assert Ledger(code="A").reference == ""
    draft = Ledger.objects.create(code="A")
    assert (draft.number, draft.reference, draft.short) == (None, "", "")
    assert row.short == "#1"
    row.number = 123456
    assert row.reference == "A-2026/03/05-123456"
    assert Template("{{ row.reference }}").render(Context({"row": row})).endswith("123456")
    row.booked_on = "2027-01-02"  # text that has not been saved
    assert row.reference == "A-2027/01/02-123456"
    row.booked_on = None
    assert row.reference == "A--123456"


def test_related_objects_and_datetimes(settings):
    """In the time zone of the project, as the series are: a document says the same to everybody."""
    display = NumberDisplay("{company.name}-{moment:%d.%m.}-{in_week}")
    moment = datetime.datetime(2026, 1, 31, 20, tzinfo=datetime.UTC)
    row = Booking(company=Company(name="x"), moment=moment, in_week=7)
    with timezone.override("Asia/Tokyo"):
        assert display.__get__(row) == "x-31.01.-7"
    settings.TIME_ZONE = "Asia/Tokyo"
    assert display.__get__(row) == "x-01.02.-7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{fiscal}-{in_fiscal_year:05d}", "2025-00007"),
        ("{fiscal:d}/{in_fiscal_year}", "2025/7"),
        ("{fiscal:06d}/{in_fiscal_year}", "002025/7"),
        ("{day:%m.}{fiscal}-{in_fiscal_year}-{in_week}", "03.2025-7-3"),
    ],
)
def test_fiscal_years(text, expected):
    row = Booking(day=DAY, in_week=3, in_fiscal_year=7)
    assert NumberDisplay(text).__get__(row) == expected


def test_fiscal_years_follow_the_date():
    display = NumberDisplay("{fiscal:04d}-{in_fiscal_year}")
    for day, expected in (("2026-06-30", "2025-7"), ("2026-07-01", "2026-7"), (None, "-7")):
        assert display.__get__(Booking(day=day, in_fiscal_year=7)) == expected
    assert display.__get__(Booking(day=DAY)) == ""


def test_fiscal_years_are_those_of_the_number_that_is_named():
    with pytest.raises(AttributeError, match="fiscal"):
        NumberDisplay("{fiscal}-{in_week}").__get__(Booking(day=DAY, in_week=3))


def test_an_attribute_called_fiscal_goes_before():
    with isolate_apps("tests.testapp"):

        class Own(Booking):
            fiscal = "FY"

            class Meta:
                app_label = "testapp"
                proxy = True

    display = NumberDisplay("{fiscal}-{in_fiscal_year}")
    assert display.__get__(Own(day=DAY, in_fiscal_year=7)) == "FY-7"


def test_fiscal_years_have_no_expression():
    display = NumberDisplay("{fiscal}-{in_fiscal_year}")
    for model in (None, Booking):
        display.model = model
        with pytest.raises(ValueError, match="no expression in SQL: keep it in a column"):
            display.expression()


def test_admin():
    row = Ledger.objects.create(code="A", booked_on=DAY)
    assert label_for_field("reference", Ledger) == "reference"
    assert label_for_field("short", Ledger) == "No."
    assert Ledger.reference.admin_order_field == "number"
    _field, _attribute, value = lookup_field("reference", row)
    assert display_for_value(value, "-") == "A-2026/03/05-00001"


def test_the_list_of_the_admin(client):
    for code in "ab":
        Ledger.objects.create(code=code, booked_on=DAY)
    client.force_login(User.objects.create_superuser("admin"))
    page = client.get("/admin/testapp/ledger/?o=-1").content.decode()
    assert page.index("b-2026/03/05-00002") < page.index("a-2026/03/05-00001")


def test_typed_as_text_and_as_itself():
    assert isinstance(Ledger.reference, NumberDisplay)
    assert isinstance(Ledger(code="x").reference, str)


@pytest.mark.parametrize("number", [1, 99999, 100000, 123456, 2**62])
def test_the_stored_text_is_the_same(number):
    with transaction.atomic(), accept_numbers():
        row = Ledger.objects.create(code="é", booked_on=DAY, number=number)
        row.refresh_from_db()
        assert row.stored == row.reference == f"é-2026/03/05-{number:05d}"
        assert Ledger.objects.get(stored=row.reference) == row


def test_drafts_have_no_stored_text():
    row = Ledger.objects.create(code="A")
    row.refresh_from_db()
    assert row.stored is None
    row.booked_on = DAY
    row.save()
    row.refresh_from_db()
    assert row.stored == "A-2026/03/05-00001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{number}", "7"),
        ("{number:d}", "7"),
        ("{number:03d}x", "007x"),
        ("{booked_on:%y%m}-{number:02d}", "2603-07"),
        ("{{{code}}}{number}", "{A}7"),
    ],
)
def test_expressions(text, expected):
    with accept_numbers():
        row = Ledger.objects.create(code="A", booked_on=DAY, number=7)
    display = NumberDisplay(text)
    assert display.__get__(row) == expected
    found = Ledger.objects.annotate(shown=display.expression()).get()
    assert found.shown == expected


@pytest.mark.parametrize(
    "text", ["{number:x}", "{number:>5}", "{booked_on:%B}", "{company.name}", "{booked_on:%j}"]
)
def test_what_has_no_expression(text):
    with pytest.raises(ValueError, match=r"no expression|not a column"):
        NumberDisplay(text).expression()


def test_needs_no_migration():
    assert "reference" not in {field.name for field in Ledger._meta.get_fields()}


def test_inherited_from_an_abstract_model():
    class Parent(models.Model):
        display = NumberDisplay("{number}")

        class Meta:
            abstract = True
            app_label = "testapp"

    assert isinstance(Parent.display, NumberDisplay)
    assert Parent.display.admin_order_field is None
