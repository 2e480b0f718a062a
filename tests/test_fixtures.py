"""What ``loaddata`` writes changes no number, and makes no later save give one twice."""

from __future__ import annotations

import datetime

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import transaction

from gapless_fields import (
    NumberChanged,
    ScopeChanged,
    SequenceNotSynced,
    accept_numbers,
    get_last_value,
)
from gapless_fields.models import Counter
from tests.testapp.models import Company, Invoice, Job, Legacy, Slip

pytestmark = pytest.mark.django_db


def numbers():
    return list(Invoice.objects.order_by("pk").values_list("number", flat=True))


def load(tmp_path, *rows):
    fixture = tmp_path / "rows.json"
    fixture.write_text(serializers.serialize("json", rows))
    call_command("loaddata", str(fixture), verbosity=0)


def test_fixtures_keep_their_numbers(tmp_path):
    Invoice.objects.create(note="n")
    fixture = tmp_path / "invoices.json"
    call_command("dumpdata", "testapp.Invoice", "gapless_fields", output=str(fixture))
    fixture.write_text(fixture.read_text().replace('"number": 1', '"number": 7'))
    Invoice.objects.all().delete()
    call_command("loaddata", str(fixture), verbosity=0)
    assert numbers() == [7]
    with pytest.raises(SequenceNotSynced), transaction.atomic():
        Invoice.objects.create()
    call_command("sync_sequences", verbosity=0)
    assert Invoice.objects.create().number == 8


def test_a_fixture_keeps_the_number_of_a_row_that_is_there(tmp_path):
    row = Invoice.objects.create()
    load(tmp_path, Invoice(pk=row.pk, note="n", number=1))
    load(tmp_path, Invoice(pk=row.pk, note="m"))
    assert Invoice.objects.values_list("number", "note").get() == (1, "m")
    with pytest.raises(NumberChanged, match="cannot be changed to 7"):
        load(tmp_path, Invoice(pk=row.pk, number=7))
    assert Invoice.objects.values_list("number", "note").get() == (1, "m")


def test_a_fixture_moves_no_row_to_another_series(tmp_path):
    one, two = (Company.objects.create(name=name) for name in "ab")
    day = datetime.date(2026, 1, 1)
    row = Slip.objects.create(company=one, issued_on=day)
    load(tmp_path, Slip(pk=row.pk, company=one, issued_on=day, note="n"))
    for values in ({"company": two, "issued_on": day}, {"company": one, "issued_on": None}):
        with pytest.raises(ScopeChanged):
            load(tmp_path, Slip(pk=row.pk, **values))
    assert Slip.objects.values_list("company", "number", "note").get() == (one.pk, 1, "n")


def counter(last):
    return Counter(key="legacy", name="legacy", scope="", last=last)


@pytest.mark.parametrize("existing", [None, 5])
@pytest.mark.parametrize("first", ["counter", "rows", "neither"])
def test_a_counter_that_is_older_than_the_rows(tmp_path, existing, first):
    """Where no unique constraint would refuse the double either."""
    # Keys that no other test reaches, in whatever order they run.
    rows = [Legacy(pk=2 * 10**6 + n, number=n) for n in range(1, 6)]
    if existing is not None or first == "neither":
        with accept_numbers():
            Legacy.objects.bulk_create(rows)
    if existing is None:
        Counter.objects.all().delete()
    fixture = {"counter": [counter(2), *rows], "rows": [*rows, counter(2)], "neither": [counter(2)]}
    load(tmp_path, *fixture[first])
    with pytest.raises(SequenceNotSynced), transaction.atomic():
        Legacy.objects.create()
    call_command("sync_sequences", verbosity=0)
    assert Legacy.objects.create().number == 6


def test_a_counter_never_goes_back(tmp_path):
    """The rows that had the highest numbers were deleted."""
    Legacy.objects.bulk_create([Legacy() for _ in range(5)])
    Legacy.objects.filter(number__gt=3).delete()
    load(tmp_path, counter(2))
    assert Legacy.objects.create().number == 6


def test_a_counter_of_a_fixture(tmp_path):
    load(tmp_path, counter(7), Legacy(number=3))
    assert Legacy.objects.create().number == 8


def test_a_counter_of_numbers_that_loop_may_be_below_its_rows(tmp_path):
    Job.objects.bulk_create([Job() for _ in range(3)])
    load(tmp_path, Counter(key="jobs", name="jobs", scope="", last=1))
    assert get_last_value("jobs") == 1
    assert Job.objects.create().number == 2


def test_a_draft_of_a_fixture_may_change_its_series(tmp_path):
    one, two = (Company.objects.create(name=name) for name in "ab")
    draft = Slip.objects.create(company=one)
    load(tmp_path, Slip(pk=draft.pk, company=two))
    assert Slip.objects.values_list("company", "number").get() == (two.pk, None)


def test_a_numbered_row_of_a_fixture_that_is_of_no_series(tmp_path):
    """It is kept as it is: sync_sequences tells what is wrong with it."""
    load(tmp_path, Slip(company=Company.objects.create(), number=7))
    assert Slip.objects.values_list("issued_on", "number").get() == (None, 7)
    assert not Counter.objects.exists()
