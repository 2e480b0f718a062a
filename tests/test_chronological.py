"""Fields with ``chronological``: a higher number never has an earlier date, whatever the path."""

from __future__ import annotations

import datetime
import io
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import F
from django.test.utils import isolate_apps
from hypothesis import given, settings
from hypothesis import strategies as st

from gapless_fields import (
    GaplessSequenceField,
    NotChronological,
    ScopeIncomplete,
    Sequence,
    accept_numbers,
    assign_numbers,
    deferred_numbering,
    get_last_value,
    void_and_delete,
)
from gapless_fields.audit import audit
from gapless_fields.models import Counter
from tests.actors import two_actors
from tests.auditapp.models import Annal, Chronicle, Moment

pytestmark = pytest.mark.django_db

MAY = [datetime.date(2026, 5, day) for day in range(1, 32)]
REFUSED = "follows the dates"


def numbers(model=Chronicle):
    return list(model.objects.order_by("number").values_list("number", "day"))


def last():
    return get_last_value("chronicles", scope=(0,))


def forget_date():
    """As it is if the option was added to a series that has a counter."""
    Counter.objects.update(last_date=None)


def test_dates_that_go_on_or_stay():
    with transaction.atomic():
        for day in (MAY[0], MAY[0], MAY[3], "2026-05-09"):
            Chronicle.objects.create(day=day)
    assert numbers() == [(1, MAY[0]), (2, MAY[0]), (3, MAY[3]), (4, MAY[8])]
    assert Counter.objects.get(name="chronicles").last_date == "2026-05-09"


@pytest.mark.django_db(transaction=True)
def test_autocommit_takes_no_number_for_a_row_that_is_refused(recwarn):
    Chronicle.objects.create(day=MAY[5])
    with pytest.raises(NotChronological, match=REFUSED) as error:
        Chronicle.objects.create(day=MAY[4])
    for text in ("auditapp.Chronicle", "day 2026-05-05", "number 2", "2026-05-06"):
        assert text in str(error.value)
    assert last() == 1
    Chronicle.objects.create(day=MAY[5])
    assert numbers() == [(1, MAY[5]), (2, MAY[5])]


@pytest.mark.django_db(transaction=True)
def test_a_refusal_that_is_caught_leaves_no_gap():
    with transaction.atomic():
        Chronicle.objects.create(day=MAY[5])
        with pytest.raises(NotChronological), transaction.atomic():
            Chronicle.objects.create(day=MAY[4])
        Chronicle.objects.create(day=MAY[6])
    assert numbers() == [(1, MAY[5]), (2, MAY[6])]
    assert audit(Chronicle).is_complete


def test_each_series_has_its_own_dates():
    with transaction.atomic():
        Chronicle.objects.create(day=MAY[5], team=1)
        Chronicle.objects.create(day=MAY[0], team=2)
    assert numbers() == [(1, MAY[5]), (1, MAY[0])]


def test_models_that_share_a_series():
    with transaction.atomic():
        Chronicle.objects.create(day=MAY[5])
    with pytest.raises(NotChronological), transaction.atomic():
        Annal.objects.create(day=MAY[4])
    with transaction.atomic():
        assert Annal.objects.create(day=MAY[5]).number == 2


def test_a_draft_that_is_issued():
    with transaction.atomic():
        early = Chronicle.objects.create(day=MAY[0], issued=False)
        late = Chronicle.objects.create(day=None, issued=False)
        late.day, late.issued = MAY[9], True
        late.save()
        assert late.number == 1
    early.issued = True
    with pytest.raises(NotChronological), transaction.atomic():
        early.save()
    early.refresh_from_db()
    assert (early.number, early.issued) == (None, False)
    early.day, early.issued = MAY[9], True
    with transaction.atomic():
        early.save()
    assert numbers()[:2] == [(1, MAY[9]), (2, MAY[9])]


def test_a_date_is_needed():
    with pytest.raises(ScopeIncomplete, match="day"), transaction.atomic():
        Chronicle.objects.create()
    assert last() is None


def test_a_block_is_numbered_in_the_order_of_dates():
    rows = [Chronicle(day=MAY[n], note=str(n)) for n in (7, 2, 9, 2)]
    with transaction.atomic():
        Chronicle.objects.bulk_create([*rows[:2], Chronicle(day=MAY[0], issued=False), *rows[2:]])
    assert [row.number for row in rows] == [3, 1, 4, 2]
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.bulk_create([Chronicle(day=MAY[30]), Chronicle(day=MAY[8])])
    assert last() == 4


def test_the_end_of_a_deferral():
    with transaction.atomic(), deferred_numbering():
        late = Chronicle.objects.create(day=MAY[7])
        early = Chronicle.objects.create(day=MAY[2])
        Chronicle.objects.create(day=MAY[3], team=5)
    assert (early.number, late.number) == (1, 2)
    with pytest.raises(NotChronological), transaction.atomic(), deferred_numbering():
        Chronicle.objects.create(day=MAY[6])
    assert last() == 2


def test_assign_numbers():
    with transaction.atomic():
        for day in (MAY[5], MAY[1], MAY[3]):
            Chronicle.objects.create(day=day, issued=False)
    Chronicle.objects.update(issued=True)
    with pytest.raises(NotChronological), transaction.atomic():
        assign_numbers(Chronicle.objects.all(), order_by="-day")
    with pytest.raises(NotChronological), transaction.atomic():
        assign_numbers(Chronicle.objects.order_by("pk"), batch_size=1)
    assert assign_numbers(Chronicle.objects.all(), batch_size=1) == 3
    assert numbers() == [(1, MAY[1]), (2, MAY[3]), (3, MAY[5])]


def test_a_counter_that_does_not_know_the_date():
    with transaction.atomic():
        Annal.objects.create(day=MAY[9])
    forget_date()
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.create(day=MAY[8])
    with transaction.atomic():
        Chronicle.objects.create(day=MAY[9])


def test_a_rollback_takes_the_date_back():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Chronicle.objects.create(day=MAY[9])
        raise ZeroDivisionError
    with transaction.atomic():
        Chronicle.objects.create(day=MAY[0])


def test_functions_give_numbers_without_a_date():
    with transaction.atomic():
        Chronicle.objects.create(day=MAY[9])
        assert Sequence("chronicles", scope=(0,)).get_next_value() == 2
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.create(day=MAY[8])


def test_sync_and_advance_to_read_the_date_from_the_rows():
    with transaction.atomic(), accept_numbers():
        Chronicle.objects.create(day=MAY[3], number=7)
    Counter.objects.all().delete()
    call_command("sync_sequences", stdout=io.StringIO())
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.create(day=MAY[2])
    with transaction.atomic():
        void_and_delete(Chronicle.objects.all(), reason="r")
        Sequence("chronicles", scope=(0,)).advance_to(9)
        with pytest.raises(NotChronological), transaction.atomic():
            Chronicle.objects.create(day=MAY[2])
        assert Chronicle.objects.create(day=MAY[3]).number == 10


# Imports


def imported(*pairs):
    with transaction.atomic(), accept_numbers():
        Chronicle.objects.bulk_create([Chronicle(number=n, day=day) for n, day in pairs])


def test_imports_fit_between_their_neighbours():
    imported((2, MAY[2]), (9, MAY[9]), (5, MAY[5]))
    imported((1, MAY[2]), (3, MAY[3]), (12, MAY[9]))
    for pair in ((4, MAY[1]), (4, MAY[6]), (13, MAY[8]), (11, MAY[10])):
        with pytest.raises(NotChronological):
            imported(pair)
    with pytest.raises(NotChronological):
        imported((14, MAY[12]), (15, MAY[11]))
    imported((4, MAY[4]))
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.create(day=MAY[8])
    with transaction.atomic():
        assert Chronicle.objects.create(day=MAY[9]).number == 13


def test_an_import_takes_few_queries(django_assert_max_num_queries):
    imported((1, MAY[0]), (9_000, MAY[30]))
    rows = [Chronicle(number=n, day=MAY[n // 5]) for n in range(2, 120)]
    with django_assert_max_num_queries(25), transaction.atomic(), accept_numbers():
        Chronicle.objects.bulk_create(rows)


def test_imports_and_new_rows_together():
    with pytest.raises(NotChronological), transaction.atomic(), accept_numbers():
        Chronicle.objects.bulk_create([Chronicle(number=1, day=MAY[9]), Chronicle(day=MAY[0])])
    rows = [Chronicle(number=1, day=MAY[5]), Chronicle(day=MAY[9]), Chronicle(day=MAY[7])]
    with transaction.atomic(), accept_numbers():
        Chronicle.objects.bulk_create(rows)
    assert numbers() == [(1, MAY[5]), (2, MAY[7]), (3, MAY[9])]
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.create(day=MAY[8])


def test_an_import_that_may_leave_rows_out():
    rows = [Chronicle(number=1, day=MAY[9]), Chronicle(number=2, day=MAY[0])]
    with pytest.raises(NotChronological), transaction.atomic(), accept_numbers():
        Chronicle.objects.bulk_create(rows, ignore_conflicts=True)
    rows[1].day = MAY[10]
    with transaction.atomic(), accept_numbers():
        Chronicle.objects.bulk_create(rows, ignore_conflicts=True)
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.create(day=MAY[9])


def test_a_counter_of_a_fixture_brings_no_date(tmp_path):
    path = tmp_path / "counters.json"
    with transaction.atomic():
        Chronicle.objects.create(day=MAY[4])
        call_command("dumpdata", "gapless_fields.counter", output=str(path), verbosity=0)
        Chronicle.objects.create(day=MAY[8])
        Sequence("chronicles", scope=(0,)).get_next_value()
    call_command("loaddata", str(path), verbosity=0)
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.create(day=MAY[5])


def test_loaddata_keeps_what_it_brings(tmp_path):
    rows = [
        {"model": "auditapp.chronicle", "pk": n, "fields": {"number": n, "day": str(MAY[9 - n])}}
        for n in (1, 2)
    ]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    call_command("loaddata", str(path), verbosity=0)
    assert numbers() == [(1, MAY[8]), (2, MAY[7])]
    kinds = {finding.kind for finding in audit(Chronicle).series[0].findings}
    assert "not chronological" in kinds


# The date stays


@pytest.fixture
def row():
    with transaction.atomic():
        return Chronicle.objects.create(day=MAY[5])


@pytest.mark.parametrize("value", [MAY[6], MAY[4], "2026-05-01", None])
def test_the_date_of_a_numbered_row_stays(row, value):
    row.day = value
    with pytest.raises(NotChronological, match="Cancel the row"), transaction.atomic():
        row.save()
    with pytest.raises(NotChronological, match="Cancel the row"), transaction.atomic():
        Chronicle.objects.update(day=value)
    with pytest.raises(NotChronological, match="Cancel the row"), transaction.atomic():
        Chronicle.objects.bulk_update([row], ["day"])
    with pytest.raises(ValidationError) as error:
        row.full_clean()
    assert list(error.value.error_dict) == ["day"]
    assert numbers() == [(1, MAY[5])]


def test_an_expression_as_its_date(row):
    with pytest.raises(NotChronological), transaction.atomic():
        Chronicle.objects.update(day=F("day") + datetime.timedelta(1))
    row.day = F("day") + datetime.timedelta(1)
    with pytest.raises((NotChronological, ValueError)), transaction.atomic():
        row.save()
    assert numbers() == [(1, MAY[5])]


def test_other_changes_pass(row, django_assert_num_queries):
    row.note = "x"
    with transaction.atomic(), django_assert_num_queries(1):
        row.save()
    row.full_clean()
    row.day = str(MAY[5])
    with transaction.atomic():
        row.save()
        Chronicle.objects.update(day=MAY[5])
    draft = Chronicle.objects.create(issued=False, day=MAY[0])
    draft.day = MAY[1]
    draft.save()


# Datetimes


def test_datetimes_are_compared_to_the_microsecond():
    now = datetime.datetime(2026, 5, 1, 12, 0, 0, 5, tzinfo=datetime.UTC)
    berlin = datetime.timezone(datetime.timedelta(hours=2))
    with transaction.atomic():
        Moment.objects.create(at=now)
        Moment.objects.create(at=now.astimezone(berlin))
    with pytest.raises(NotChronological), transaction.atomic():
        Moment.objects.create(at=now - datetime.timedelta(microseconds=1))
    forget_date()
    with pytest.raises(NotChronological), transaction.atomic():
        Moment.objects.create(at=now - datetime.timedelta(microseconds=1))
    with transaction.atomic():
        assert Moment.objects.create(at=now.replace(microsecond=0, second=1)).number == 3


# Other sessions


@pytest.mark.django_db(transaction=True)
def test_two_writers_with_different_dates():
    with two_actors() as (one, two):
        one.begin()
        assert one.do(Chronicle.objects.create, day=MAY[9]).number == 1
        two.begin()
        waiting = two.waits(Chronicle.objects.create, day=MAY[8])
        one.commit()
        with pytest.raises(NotChronological):
            waiting.result(30)
        two.rollback()
        one.begin()
        assert one.do(Chronicle.objects.create, day=MAY[10]).number == 2
        two.begin()
        waiting = two.waits(Chronicle.objects.create, day=MAY[9])
        one.rollback()
        assert waiting.result(30).number == 2
        two.commit()
    assert numbers() == [(1, MAY[9]), (2, MAY[9])]


test_two_writers_with_different_dates = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite lets one transaction write at a time"
)(test_two_writers_with_different_dates)


# Any order of writing


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["create", "block", "draft", "deferred", "rolled back"]),
            st.lists(st.sampled_from(MAY[:6]), min_size=1, max_size=3),
        ),
        max_size=8,
    )
)
@settings(max_examples=25, deadline=None)
def test_numbers_follow_dates_whatever_is_written(steps):
    for what, days in steps:
        try:
            with transaction.atomic():
                write(what, days)
                if what == "rolled back":
                    raise ZeroDivisionError
        except (NotChronological, ZeroDivisionError):
            pass
    found = numbers()
    assert [number for number, _day in found] == list(range(1, len(found) + 1))
    assert [day for _number, day in found] == sorted(day for _number, day in found)
    Chronicle.objects.all().delete()
    Counter.objects.all().delete()


def write(what, days):
    if what == "block":
        Chronicle.objects.bulk_create([Chronicle(day=day) for day in days])
    elif what == "deferred":
        with deferred_numbering():
            for day in days:
                Chronicle.objects.create(day=day)
    elif what == "draft":
        for day in days:
            row = Chronicle.objects.create(day=day, issued=False)
            row.issued = True
            row.save()
    else:
        for day in days:
            Chronicle.objects.create(day=day)


# Declarations


@isolate_apps("tests.testapp")
@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"chronological": "missing"}, "not a date or datetime column"),
        ({"chronological": "note"}, "not a date or datetime column"),
        ({"chronological": "made"}, "not known before"),
        ({"chronological": "day", "reset_value": 9}, "starts again"),
    ],
)
def test_what_a_check_reports(options, text):
    class Odd(models.Model):
        note = models.TextField()
        day = models.DateField()
        made = models.DateField(auto_now_add=True)
        number = GaplessSequenceField(sequence="odd", **options)

        class Meta:
            app_label = "testapp"

    messages = [m for m in Odd._meta.get_field("number").check() if text in m.msg]
    assert [m.id for m in messages] in (["gapless_fields.E018"], ["gapless_fields.E011"])


def test_migrations_hold_the_option():
    field = Chronicle._meta.get_field("number")
    assert field.deconstruct()[3]["chronological"] == "day"
    assert "chronological" in field.non_db_attrs
    assert field.check() == []
