"""One independent series per combination of the scope's values, the same in Python and in SQL."""

from __future__ import annotations

import datetime
import re
import uuid
from collections import Counter as Tally
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F, Max, Value
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gapless_fields import (
    FiscalYear,
    NumberNotIssued,
    ScopeChanged,
    ScopeIncomplete,
    Sequence,
    SequenceExhausted,
    SequenceNotSynced,
    TimeZonesMissing,
    accept_numbers,
    get_last_value,
    get_next_value,
)
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.models import Counter
from gapless_fields.series.columns import canonical
from gapless_fields.series.series import MAX_VALUE, make_key
from tests.testapp.models import Bill, Booking, Company, CreditNote, Filed, Invoice

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning"),
]
DAY = datetime.date(2026, 3, 31)
FIVE_HOURS_EAST = datetime.timezone(datetime.timedelta(hours=5))


def bill(company, day=DAY, model=Bill, **values):
    return model.objects.create(company=company, issued_on=day, **values)


@pytest.fixture
def companies():
    return [Company.objects.create(name=name, fiscal_month=4) for name in "abc"]


def test_one_series_per_combination(companies):
    one, two, _ = companies
    assert [bill(one).number for _ in range(3)] == [1, 2, 3]
    assert bill(two).number == 1
    assert bill(one, datetime.date(2027, 1, 1)).number == 1
    assert bill(one, datetime.date(2026, 12, 31)).number == 4
    assert bill(one, model=CreditNote).number == 5  # shares the series
    assert bill(two, datetime.date(2027, 6, 1), CreditNote).number == 1
    assert set(Counter.objects.values_list("name", "scope", "last")) == {
        ("bills", f'["{one.pk}", "2026"]', 5),
        ("bills", f'["{two.pk}", "2026"]', 1),
        ("bills", f'["{one.pk}", "2027"]', 1),
        ("bills", f'["{two.pk}", "2027"]', 1),
    }


def test_text_and_numbers_are_one_series(companies):
    one = companies[0]
    assert bill(one, "2026-05-05").number == 1
    assert Bill.objects.create(company_id=str(one.pk), issued_on=DAY).number == 2
    assert get_last_value("bills", scope=(one.pk, 2026)) == 2
    assert get_last_value("bills", scope=[str(one.pk), "2026"]) == 2
    assert get_next_value("bills", scope=(one, 2026)) == 3
    sequence = Bill._meta.get_field("number").sequence_for(Bill(company=one, issued_on=DAY))
    assert isinstance(sequence, Sequence)
    assert (sequence.sequence_name, sequence.scope) == ("bills", (str(one.pk), "2026"))
    assert sequence.get_last_value() == 3
    assert repr(sequence) == f"Sequence('bills', scope=('{one.pk}', '2026'), using='default')"


@pytest.mark.django_db(databases=["default", "other"])
def test_sequence_for_another_database(companies):
    field = Bill._meta.get_field("number")
    sequence = field.sequence_for(Bill(company=companies[0], issued_on=DAY), using="other")
    assert sequence.get_next_value() == 1
    assert Counter.objects.using("other").count() == 1
    assert field.sequence_for(Bill(company=companies[0], issued_on=DAY)).get_last_value() is None


def test_scope_of_the_functional_api():
    assert get_next_value("x", scope=(None, "")) == 1
    assert get_next_value("x", scope=("", None)) == 1
    assert get_next_value("x", scope=("",)) == 1
    assert get_next_value("x", scope=(None,)) == 1
    assert get_next_value("x") == 1
    assert get_next_value("x", scope=(DAY,)) == 1
    assert get_next_value("x", scope=("2026-03-31",)) == 2
    with pytest.raises(TypeError, match="must be a list or tuple"):
        get_next_value("x", scope="abc")
    with pytest.raises(TypeError, match="no exact text"):
        get_next_value("x", scope=(b"abc",))


def test_bulk_create_takes_a_block_per_series(companies):
    one, two, three = companies
    rows = [
        Bill(company=company, issued_on=day)
        for company in (three, one, two, one)
        for day in (DAY, datetime.date(2025, 1, 1), None, DAY)
    ]
    with CaptureQueriesContext(connection) as queries:
        Bill.objects.bulk_create(rows)
    upserts = [q for q in queries.captured_queries if "gapless_fields_counter" in q["sql"]]
    inserts = [q["sql"] for q in upserts if "INSERT" in q["sql"]]
    assert len(inserts) == (1 if dialect_for(connection).INCREMENT_MANY else 6)
    keys = re.findall(r"'(bills/[^']*)'", "".join(inserts))
    assert len(keys) == 6
    assert keys == sorted(keys)
    assert [row.number for row in rows] == [*([1, 1, None, 2] * 3), 3, 2, None, 4]
    assert list(Bill.objects.order_by("pk").values_list("number", flat=True)) == [
        row.number for row in rows
    ]


def bills(companies, years=(2026,)):
    return [
        Bill(company=company, issued_on=datetime.date(year, 1, 1))
        for company in companies
        for year in years
    ]


def test_a_series_without_numbers_left_among_several(companies):
    Bill.objects.bulk_create(bills(companies))
    full = Bill(company=companies[1], issued_on=DAY)
    Bill._meta.get_field("number").sequence_for(full).advance_to(MAX_VALUE - 1)
    rows = bills([*companies, companies[1]])
    with pytest.raises(SequenceExhausted, match=f'"{companies[1].pk}"'), transaction.atomic():
        Bill.objects.bulk_create(rows)
    assert Bill.objects.count() == 3
    Bill.objects.bulk_create(bills(companies))
    numbers = Bill.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [1, 1, 1, 2, MAX_VALUE, 2]


def test_more_series_than_one_statement_takes(companies):
    years = range(1900, 2030)
    for turn in (1, 2):
        rows = bills(companies, years)
        Bill.objects.bulk_create(rows)
        assert {row.number for row in rows} == {turn}
    assert Counter.objects.count() == len(companies) * len(years)


def test_the_first_use_of_one_series_among_several(companies):
    Bill.objects.bulk_create(bills(companies))
    Counter.objects.filter(key__contains=f"/{companies[2].pk}/").delete()
    with pytest.raises(SequenceNotSynced, match=f'"{companies[2].pk}"'), transaction.atomic():
        Bill.objects.bulk_create(bills(companies))
    call_command("sync_sequences", verbosity=0)
    rows = bills(companies)
    Bill.objects.bulk_create(rows)
    assert [row.number for row in rows] == [2, 2, 2]


def test_an_unsaved_related_object_is_django_s_error():
    with pytest.raises(ValueError, match="unsaved related object"):
        Bill.objects.create(company=Company(name="x"), issued_on=DAY)
    assert not Counter.objects.exists()


def test_a_missing_date_is_asked_for(companies):
    without = r"testapp\.Booking cannot be numbered without day"
    with pytest.raises(ScopeIncomplete, match=without), transaction.atomic():
        Booking.objects.create(company=companies[0], moment=timezone.now())
    assert not Counter.objects.exists()


def test_an_expression_is_refused(companies):
    with pytest.raises(ValueError, match=r"testapp\.Bill\.issued_on is an expression"):
        bill(companies[0], Value(DAY))


def test_parts_of_dates(companies):
    zone = timezone.get_current_timezone()

    def book(day, moment):
        row = Booking.objects.create(
            company=companies[0], day=day, moment=moment.replace(tzinfo=zone)
        )
        return row.in_week, row.in_month, row.in_quarter, row.on_date, row.in_fiscal_year

    date, datetime_ = datetime.date, datetime.datetime
    assert book(date(2026, 12, 31), datetime_(2026, 1, 31, 23)) == (1, 1, 1, 1, 1)
    assert book(date(2027, 1, 1), datetime_(2026, 1, 31, 1)) == (2, 2, 1, 2, 2)  # one ISO week
    assert book(date(2027, 6, 30), datetime_(2026, 2, 1, 0)) == (1, 1, 1, 1, 3)
    assert book(date(2027, 7, 1), datetime_(2027, 2, 1, 0)) == (2, 1, 1, 1, 1)
    assert book(date(2026, 10, 1), datetime_(2027, 2, 1, 9)) == (1, 2, 2, 2, 4)


@pytest.mark.parametrize("active", ["Pacific/Kiritimati", "Pacific/Pago_Pago", None])
def test_datetimes_are_in_the_time_zone_of_the_project(companies, active):
    """Not in the one that a middleware activates for the user: a row has one series."""
    moment = datetime.datetime(2026, 1, 31, 23, 30, tzinfo=datetime.UTC)
    row = Booking(company=companies[0], day=DAY, moment=moment)
    on_date, in_month = (Booking._meta.get_field(name) for name in ("on_date", "in_month"))
    for project, date, month in (("UTC", "2026-01-31", "1"), ("Asia/Tokyo", "2026-02-01", "2")):
        with override_settings(TIME_ZONE=project), timezone.override(active):
            assert on_date.series_for(row).scope == (date,)
            assert in_month.series_for(row).scope == ("2026", month)


@pytest.mark.parametrize("active", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_first_use_and_sync_look_in_the_time_zone_of_the_project(companies, active):
    moment = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    Booking.objects.create(company=companies[0], day=DAY, moment=moment)
    Counter.objects.all().delete()
    with timezone.override(active):
        with pytest.raises(SequenceNotSynced), transaction.atomic():
            Booking.objects.create(company=companies[0], day=DAY, moment=moment)
        call_command("sync_sequences", verbosity=0)
        row = Booking.objects.create(company=companies[0], day=DAY, moment=moment)
    assert (row.on_date, row.in_month) == (2, 2)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize(
    "end", [datetime.datetime.max, datetime.datetime(9999, 12, 31), datetime.datetime(1, 1, 1, 0)]
)
def test_the_end_of_time(companies, zone, end):
    """Datetimes that have no local time are of the last day that has one, in SQL as well."""
    if zone != "UTC" and not knows_time_zones():
        pytest.skip("this server has no time zone definitions")
    if end.year == 1 and connection.vendor == "mysql":
        pytest.skip("MySQL's datetimes begin in the year 1000")
    moment = end.replace(tzinfo=datetime.UTC)
    day = datetime.date(9999, 12, 31)
    with override_settings(TIME_ZONE=zone):
        for number in (1, 2):
            row = Booking.objects.create(company=companies[0], day=day, moment=moment)
            assert (row.in_month, row.on_date, row.in_fiscal_year) == (number,) * 3
            row.save()
        last = set(Counter.objects.values_list("key", "last"))
        assert f"months/{end.year}/{end.month}" in dict(last)
        Counter.objects.all().delete()
        call_command("sync_sequences", verbosity=0)
        assert set(Counter.objects.values_list("key", "last")) == last
        Booking.objects.create(company=companies[0], day=DAY, moment="2026-01-01T12:00Z")


def test_fiscal_year_that_starts_in_a_month_of_a_column():
    part = FiscalYear("day", start_month="integer")
    for month, year in [(3, 2025), (4, 2026), (12, 2026)]:
        row = Filed.objects.create(day=datetime.date(2026, month, 1), integer=4)
        assert part.value(row) == year
        assert Filed.objects.annotate(y=part.expression()).get(pk=row.pk).y == year
    with pytest.raises(ScopeIncomplete, match="without integer"):
        part.value(Filed(day=DAY))
    with pytest.raises(ValueError, match="between 1 and 12"):
        FiscalYear("day", start_month=13)


def knows_time_zones():
    """MariaDB and MySQL know the zones that were loaded into them."""
    if connection.vendor != "mysql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONVERT_TZ('2000-01-01', 'UTC', 'Asia/Tokyo')")
        return cursor.fetchone() != (None,)


def test_sync_says_so_where_the_database_knows_no_time_zones(companies):
    if knows_time_zones():
        pytest.skip("this server knows the time zones")
    Booking.objects.create(company=companies[0], day=DAY, moment=timezone.now())
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        with pytest.raises(TimeZonesMissing, match="Asia/Tokyo"), transaction.atomic():
            Booking.objects.create(company=companies[0], day=DAY, moment="2020-01-01T00:00Z")
        with pytest.raises(CommandError, match="mysql_tzinfo_to_sql"):
            call_command("sync_sequences")


@given(day=st.dates(datetime.date(1990, 1, 1), datetime.date(2060, 1, 1)), hour=st.integers(0, 23))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_both_sides_of_a_date_s_parts_agree(zone, day, hour):
    if zone != "UTC" and not knows_time_zones():
        pytest.skip("this server has no time zone definitions")
    company = Company.objects.create(name="x")
    moment = datetime.datetime(day.year, day.month, day.day, hour, tzinfo=datetime.UTC)
    with override_settings(TIME_ZONE=zone):
        row = Booking.objects.create(company=company, day=day, moment=moment)
        for field in Booking._meta.local_concrete_fields:
            for part in getattr(field, "scope_parts", ()):
                in_sql = Booking.objects.annotate(part=part.expression()).get(pk=row.pk).part
                assert part.canonical(in_sql) == part.canonical(part.value(row)), field.name


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
values = st.fixed_dictionaries(
    {
        "text": st.none() | texts | st.sampled_from(["", "7", "a", "A", "á", "a ", "/", "'", "~"]),
        "integer": st.none() | st.integers(-9, 9),
        "amount": st.none() | st.decimals(-99, 99, places=3, allow_nan=False),
        "token": st.none() | st.sampled_from([uuid.UUID(int=n) for n in (0, 1, 2**127)]),
        "flag": st.sampled_from([None, True, False]),
        "day": st.none() | st.dates(datetime.date(2000, 1, 1), datetime.date(2000, 1, 4)),
        "moment": st.none()
        | st.datetimes(
            datetime.datetime(2000, 1, 1),
            datetime.datetime(2000, 1, 2),
            timezones=st.sampled_from([datetime.UTC, FIVE_HOURS_EAST]),
        ).map(lambda moment: moment.replace(microsecond=0)),
    }
)


def same(row):
    """The values as Python compares them: equal ones are one series, all others are not."""
    return tuple(sorted(row.items(), key=lambda item: item[0]))


@given(st.lists(values, min_size=2, max_size=6))
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_series_are_told_apart_on_every_database(rows):
    with transaction.atomic():
        saved = [Filed.objects.create(**row) for row in rows]
        bulk = Filed.objects.bulk_create([Filed(**row) for row in rows])
        expected = Tally()
        for instance, row in zip([*saved, *bulk], rows + rows, strict=True):
            expected[same(row)] += 1
            assert instance.number == expected[same(row)], row
        # What the database holds names the same series as what was in memory.
        field = Filed._meta.get_field("number")
        for instance in saved:
            loaded = Filed.objects.get(pk=instance.pk)
            assert field.series_for(loaded) == field.series_for(instance)
            parts = zip(field.scope_parts, field.series_for(instance).scope, strict=True)
            matching = Filed.objects.filter(*(part.matching(text) for part, text in parts))
            assert instance.pk in matching.values_list("pk", flat=True)
        # And so does the database itself, whatever its collation takes for equal.
        counters = set(Counter.objects.values_list("key", "scope", "last"))
        assert len(counters) == len(expected)
        Counter.objects.all().delete()
        call_command("sync_sequences", verbosity=0)
        assert set(Counter.objects.values_list("key", "scope", "last")) == counters
        transaction.set_rollback(True)


@given(texts, texts)
def test_keys_of_scopes_are_injective(one, other):
    scopes = [(), ("",), (None,), (one,), (other,), (one, other), (other, one), (one + other,)]
    scopes += [(f"{one}/{other}",), (one, ""), ("", one), (one, None), ("~",), ("None",)]
    names = [*dict.fromkeys(scopes)]
    assert len({make_key("x", scope) for scope in names}) == len(names)


def test_long_scopes_have_a_key_too():
    keys = {make_key("x", ("é" * length,)) for length in (39, 40, 41, 42, 43, 44, 400)}
    assert len(keys) == 7
    assert all(len(key) <= 255 and key == key.lower() for key in keys)
    assert get_next_value("x", scope=("é" * 100,)) == 1
    assert get_next_value("x", scope=("é" * 101,)) == 1
    assert get_next_value("x", scope=("é" * 100,)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (7, "7"),
        (True, 1),
        (Decimal("1.50"), Decimal("1.5")),
        (Decimal("-0"), 0),
        (DAY, "2026-03-31"),
        (uuid.UUID(int=7), str(uuid.UUID(int=7))),
        (
            datetime.datetime(2026, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
            datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        ),
        (1.5, "1.5"),
        (datetime.datetime(2026, 3, 31, 1, 2), "2026-03-31T01:02:00"),
        (datetime.time(1, 2), "01:02:00"),
        (datetime.timedelta(days=1, hours=2), "1 02:00:00"),
    ],
)
def test_canonical_text(one, other):
    assert canonical(one) == canonical(other)


def test_a_numbered_row_cannot_move_to_another_series(companies):
    one, two, _ = companies
    row = bill(one)
    row.company = two
    moved = rf'1 of the series "bills" \["{one.pk}", "2026"\]'
    with pytest.raises(ScopeChanged, match=moved), transaction.atomic():
        row.save()
    with pytest.raises(ScopeChanged), transaction.atomic():
        row.save(update_fields=["company"])
    row.refresh_from_db()
    row.issued_on = datetime.date(2027, 1, 1)
    with pytest.raises(ScopeChanged), transaction.atomic():
        row.save()
    row.issued_on = datetime.date(2026, 1, 1)  # the same year
    row.save()
    row.issued_on = F("issued_on") + datetime.timedelta(days=1)
    row.save()
    row.refresh_from_db()
    assert row.issued_on == datetime.date(2026, 1, 2)
    row.company = two
    row.save(update_fields=["note"])  # not written
    assert Bill.objects.get().company == one
    # Nothing of this took a number.
    assert get_last_value("bills", scope=(two.pk, 2026)) is None


def test_the_refusal_costs_nothing_on_the_normal_path(companies):
    row = bill(companies[0])
    loaded = Bill.objects.get(pk=row.pk)
    for instance in (row, loaded):
        with CaptureQueriesContext(connection) as queries:
            instance.note = "x"
            instance.save()
            instance.save(update_fields=["note", "company", "issued_on"])
        assert len(queries) == 2


def test_a_stale_draft_does_not_move_a_row_that_was_issued_meanwhile(companies):
    one, two, _ = companies
    row = bill(one, None)
    stale = Bill.objects.get(pk=row.pk)
    row.issued_on = DAY
    row.save()
    stale.company = two
    stale.issued_on = DAY
    with pytest.raises(ScopeChanged), transaction.atomic():
        stale.save()
    with pytest.raises(ScopeChanged), transaction.atomic():
        stale.save(update_fields=["company"])
    assert Bill.objects.get().company == one


def test_numbers_are_admitted_per_series(companies):
    one, two, _ = companies
    bill(one)
    with pytest.raises(NumberNotIssued), transaction.atomic():
        bill(two, number=1)
    with accept_numbers():
        assert bill(two, number=40).number == 40
    assert (bill(two).number, bill(one).number) == (41, 2)
    with transaction.atomic():
        Sequence("bills", scope=(one, 2026)).advance_to(9)
    assert (bill(two).number, bill(one).number) == (42, 10)


def test_first_use_looks_at_the_rows_of_its_own_series(companies):
    one, two, _ = companies
    for company in (one, two):
        bill(company)
    Counter.objects.filter(scope__contains=f'"{one.pk}"').delete()
    assert bill(two).number == 2
    assert bill(one, datetime.date(2030, 1, 1)).number == 1
    series = rf'"bills" \["{one.pk}", "2026"\]'
    with pytest.raises(SequenceNotSynced, match=series), transaction.atomic():
        bill(one)
    call_command("sync_sequences", verbosity=0)
    assert bill(one).number == 2
    assert bill(two).number == 3


def test_sync_sequences_moves_every_series(companies, capsys):
    for company in companies[:2]:
        for _ in range(3):
            bill(company)
        bill(company, model=CreditNote)
    bill(companies[0], None)
    Counter.objects.all().delete()
    call_command("sync_sequences", dry_run=True)
    assert "would move from unused to 4" in capsys.readouterr().out
    assert not Counter.objects.exists()
    call_command("sync_sequences")
    out = capsys.readouterr().out
    assert f'bills ["{companies[0].pk}", "2026"]: 4 rows, 0 missing, 0 double; moved' in out
    assert [bill(company).number for company in companies] == [5, 5, 1]


def test_a_sequence_without_scope_is_none_of_those_with_one(companies):
    bill(companies[0])
    with pytest.warns(RuntimeWarning, match="another series"):
        assert get_next_value("bills") == 1
    assert Invoice.objects.create().number == 1
    assert Bill.objects.aggregate(m=Max("number"))["m"] == 1


def test_numbers_of_a_series_that_no_row_can_be_of(companies):
    """A text, where the rows have a number."""
    assert bill(companies[0]).number == 1
    assert get_next_value("bills", scope=("a", "b")) == 1
    assert bill(companies[0]).number == 2


def test_series_of_rows_whose_column_is_empty():
    """Each None is of one series, and the first use of it looks at its rows."""
    assert [Filed.objects.create(text=text).number for text in (None, "a", None)] == [1, 1, 2]
    Counter.objects.all().delete()
    with pytest.raises(SequenceNotSynced, match="up to 2"), transaction.atomic():
        Filed.objects.create()
    call_command("sync_sequences", verbosity=0)
    assert Filed.objects.create().number == 3


def test_a_numbered_row_whose_number_was_not_loaded_does_not_move():
    Filed.objects.create(text="a")
    row = Filed.objects.defer("number").get()
    row.integer = 7
    with pytest.raises(ScopeChanged, match="a change of integer"), transaction.atomic():
        row.save()
    row = Filed.objects.defer("number").get()
    row.save()
    assert Filed.objects.values_list("integer", "number").get() == (None, 1)


@override_settings(USE_TZ=False)
def test_parts_of_datetimes_without_time_zones(companies):
    moments = [datetime.datetime(2026, 12, 31, 23, 30), datetime.datetime(2027, 1, 1, 0, 30)]
    rows = [Booking.objects.create(company=companies[0], day=DAY, moment=m) for m in moments]
    assert [(row.in_month, row.on_date, row.in_week) for row in rows] == [(1, 1, 1), (1, 1, 2)]
    assert get_last_value("dates", scope=["2026-12-31"]) == 1
