"""E015 and W002: one test for each id, both directions."""

from __future__ import annotations

import pytest
from django.db import models
from django.test.utils import isolate_apps

from gapless_fields import FiscalYear, GaplessSequenceField, NumberDisplay, ScopePart
from gapless_fields.checks import displays
from tests.testapp.models import Company, Customer


class Half(ScopePart):
    columns = ("day", "text")


HALF = Half()
FISCAL = FiscalYear("day", start_month=7)


def declare(shows, scope=(), **attributes):
    class Displaying(models.Model):
        company = models.ForeignKey(Company, models.PROTECT)
        customer = models.ForeignKey(Customer, models.PROTECT)
        day = models.DateField(null=True)
        due = models.DateField(null=True)
        moment = models.DateTimeField(null=True)
        text = models.CharField(max_length=5)
        month = models.IntegerField()
        number = GaplessSequenceField(sequence="x", scope=scope)
        other = GaplessSequenceField(sequence="y", scope=["text"])
        reference = NumberDisplay(shows)

        class Meta:
            app_label = "testapp"

    for name, value in attributes.items():
        setattr(Displaying, name, value)


@pytest.fixture
def check(monkeypatch):
    """What is said of a display, as far as it is of this package."""

    def check(text, scope=(), **attributes):
        with isolate_apps("tests.testapp") as apps:
            declare(text, scope, **attributes)
            monkeypatch.setattr(displays, "apps", apps)
            return displays.check_displays()

    return check


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{number", "is not a format"),
        ("INV-{nothing}-{number}", "names 'nothing'"),
        ("INV-{text}", "names no GaplessSequenceField"),
        ("{number:%Y}", "cannot format"),
        ("{number:q}", "cannot format"),
        ("{number.nothing}", "cannot format"),
        ("{0}-{number}", "names '0'"),
        ("{fiscal}-{number}", "names 'fiscal'"),
    ],
)
def test_e015_bad_format(check, text, says):
    (message,) = check(text)
    assert message.id == "gapless_fields.E015"
    assert message.obj == "testapp.Displaying.reference"
    assert says in message.msg
    assert ("FiscalYear" in message.hint) == ("fiscal" in text)


def test_e015_silent_twins(check):
    assert check("{number!s:>5.9}-{day!s:.4}-{moment:%Y}") == []
    for text in ("{fiscal}-{number}", "{fiscal:d}-{number}", "{fiscal:04d}-{number:05d}"):
        assert check(text, [FISCAL]) == []


def test_e015_fiscal_years(check):
    (message,) = check("{fiscal:%Y}-{number}", [FISCAL])
    assert (message.id, "cannot format fiscal" in message.msg) == ("gapless_fields.E015", True)
    (message,) = check("{fiscal}-{other}", [FISCAL])  # the scope of another number
    assert "names 'fiscal'" in message.msg


@pytest.mark.parametrize(
    ("scope", "text", "parts", "way"),
    [
        (["company"], "{number}", "'company'", "{company}"),
        (["company"], "{customer_id}-{number}", "'company'", "{company}"),
        (["text", "company"], "{company.name}-{number}", "'text'", "{text}"),
        (["company", "day__year"], "{day:%Y}-{number}", "'company'", "{company}"),
        (["company", "day__year"], "{company}-{number}", "'day__year'", "{day:%Y}"),
        (["text", "day__year"], "{number}", "'text' and 'day__year'", "{text}, {day:%Y}"),
        (["day__year"], "{due:%Y}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year"], "{day:%m}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year"], "{day:%G-%V}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year"], "{day:%C}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year"], "{day:%%Y}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year"], "{day:year}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year"], "{day.month}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year", "day__month"], "{day:%Y}-{number}", "'day__month'", "{day:%m}"),
        (["day__year", "day__month"], "{day:%m}-{number}", "'day__year'", "{day:%Y}"),
        (["day__year", "day__quarter"], "{day:%Y}-{number}", "'day__quarter'", "{day:%m}"),
        (["day__iso_year", "day__week"], "{day:%Y-%V}-{number}", "'day__iso_year'", "{day:%G}"),
        (["day__iso_year", "day__week"], "{day:%G}-{number}", "'day__week'", "{day:%V}"),
        (["moment__date"], "{moment:%Y-%m}-{number}", "'moment__date'", "{moment:%Y-%m-%d}"),
        (["moment__date"], "{moment:%m-%d}-{number}", "'moment__date'", "{moment:%Y-%m-%d}"),
        (["day"], "{day:%Y}-{number}", "'day'", "{day}"),
        ([FISCAL], "{day:%Y}-{number}", "FiscalYear", "{fiscal}"),
        ([FISCAL], "{day:%m}-{number}", "FiscalYear", "{fiscal}"),
        ([FISCAL], "{number}", "FiscalYear", "{fiscal}"),
        ([FISCAL, FiscalYear("due", start_month=7)], "{fiscal}-{number}", "FiscalYear", "{due:"),
        ([HALF], "{day}-{number}", "Half", "{day}, {text}"),
    ],
)
def test_w002_rows_that_look_alike(check, scope, text, parts, way):
    (message,) = check(text, scope)
    assert message.id == "gapless_fields.W002"
    assert message.obj == "testapp.Displaying.reference"
    assert f"{text!r} does not show {parts}, by which number is divided" in message.msg
    assert message.hint.startswith(f"Add {way}")


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ([], "{number}"),
        (["company"], "{company}-{number}"),
        (["company"], "{company_id}-{number}"),
        (["company_id"], "{company.name}-{number}"),
        (["company"], "{company.name[0]}-{number}"),
        (["company"], "{customer.company.prefix}-{number}"),  # it may tell the company
        (["text", "day__year"], "{text:>5}-{day:%Y}-{number}"),
        (["day__year"], "{day:%y}{number}"),
        (["day__year"], "{day:%-y}{number}"),
        (["day__year"], "{day.year}-{number}"),
        (["day__year"], "{day}-{number}"),
        (["day__year"], "{day!s:.4}-{number}"),
        (["day__year"], "{day:%x}-{number}"),
        (["day__iso_year"], "{day:%G}-{number}"),
        (["day__iso_year"], "{day:%Y-%m-%d}-{number}"),
        (["day__year", "day__month"], "{day:%Y%m}-{number}"),
        (["day__year", "day__month"], "{day:%Y}-{day:%b}-{number}"),
        (["day__year", "day__month"], "{day:%Y-%j}-{number}"),
        (["day__year", "day__quarter"], "{day:%Y %B}-{number}"),
        (["day__iso_year", "day__week"], "{day:%G-W%V}-{number}"),
        (["day__iso_year", "day__week"], "{day:%G-%U}-{number}"),
        (["moment__year", "moment__month", "moment__day"], "{moment:%d.%m.%y} {number}"),
        (["moment__date"], "{moment:%Y-%m-%d}-{number}"),
        (["day"], "{day:%G-W%V-%u}-{number}"),
        ([FISCAL], "{fiscal}-{number}"),
        ([FISCAL], "{day:%Y-%m}-{number}"),
        ([FiscalYear("day", start_month=1)], "{day:%Y}-{number}"),
        ([FiscalYear("day", start_month="month")], "{fiscal}-{number}"),
        ([HALF], "{day:%d}-{text}-{number}"),
        (["company"], "{office}-{number}"),  # a property
        ([FISCAL], "{text:{text}}-{number}"),
        (["nothing", "company"], "{number}"),  # E008
    ],
)
def test_w002_silent_twins(check, scope, text):
    assert check(text, scope, office=property(lambda self: self.company.name)) == []


def test_w002_of_each_number_that_is_named(check):
    first, second = check("{number}-{other}", ["company"])
    assert (first.id, second.id) == ("gapless_fields.W002",) * 2
    assert "'company', by which number" in first.msg
    assert "'text', by which other" in second.msg


def test_w002_an_attribute_called_fiscal(check):
    assert check("{fiscal}-{number}", [FISCAL], fiscal=property(str)) == []
    (message,) = check("{number}", [FISCAL], fiscal=property(str))
    assert message.hint.startswith("Add {day:%Y-%m} to the format.")
