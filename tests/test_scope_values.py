"""A series is named by what the table will hold, whatever the instance holds."""

from __future__ import annotations

import datetime
from contextlib import nullcontext
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from gapless_fields import (
    ScopeChanged,
    SequenceNotSynced,
    assign_numbers,
    deferred_numbering,
    get_last_value,
)
from gapless_fields.models import Counter
from tests.testapp.models import Company, Contract, Filed, Harvest, Season, Tariff

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive:RuntimeWarning"),
]
NOON = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def number(**values):
    with transaction.atomic():
        return Tariff.objects.create(**values).number


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("rate", [Decimal("19.99"), "19.99", 19.99, Decimal("19.990"), "1999E-2"]),
        ("rate", [0, Decimal("-0.0"), -0.0, "0.00"]),
        ("address", ["2001:db8::1", "2001:DB8:0:0::1", "2001:0db8::0001"]),
        ("address", ["::ffff:192.0.2.1", "::FFFF:192.0.2.1"]),
        ("moment", [NOON, "2026-06-01T14:00:00+02:00", NOON.isoformat()]),
        ("stripped", ["a", " a ", "a\n"]),
        ("lowered", ["abc", "ABC", "aBc"]),
    ],
)
def test_values_that_are_stored_alike(name, same):
    """And nobody who did nothing wrong is told that the series is not synced."""
    assert [number(**{name: value}) for value in same] == list(range(1, len(same) + 1))
    rows = Tariff.objects.bulk_create([Tariff(**{name: value}) for value in same])
    assert [row.number for row in rows] == [len(same) + n + 1 for n in range(len(same))]
    (counter,) = Counter.objects.all()
    assert counter.last == 2 * len(same)
    counter.delete()
    for value in same:
        with pytest.raises(SequenceNotSynced):
            number(**{name: value})
    row = Tariff.objects.first()
    setattr(row, name, same[-1])
    row.save()


def test_naive_datetimes_are_of_the_project_s_time_zone(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    naive = datetime.datetime(2026, 6, 1, 21)
    assert [number(moment=moment) for moment in (NOON, naive, str(naive))] == [1, 2, 3]


@pytest.mark.parametrize("rate", ["19.999", Decimal(1) / 3, 20.001, Decimal("20.004")])
def test_decimals_that_the_column_would_round_are_refused(rate):
    for save in (
        lambda: Tariff.objects.create(rate=rate),
        lambda: Tariff.objects.bulk_create([Tariff(), Tariff(rate=rate)]),
    ):
        with pytest.raises(ValueError, match="the column rounds to 2"), transaction.atomic():
            save()
    assert not Counter.objects.exists()
    assert not Tariff.objects.exists()


def test_a_numbered_row_is_not_moved_by_rounding():
    row = Tariff.objects.create(rate="20.00")
    row.rate = Decimal("20.004")
    with pytest.raises(ValueError, match="round it first"), transaction.atomic():
        row.save()
    assert Tariff.objects.get().rate == 20


def test_a_column_that_does_not_tell_the_instance_what_it_writes():
    first = Harvest.objects.create(day=datetime.date(2026, 5, 1))
    assert (first.number, Harvest.objects.get().year) == (1, 2026)
    for row in (first, Harvest.objects.get()):
        row.day = datetime.date(2027, 5, 1)
        with pytest.raises(ScopeChanged, match="a change of year"), transaction.atomic():
            row.save()
        row.day = datetime.date(2026, 6, 1)
        row.save()
    assert Harvest.objects.create(day=datetime.date(2027, 5, 1)).number == 1


def test_enumerations_that_are_kept_by_name():
    day = datetime.date(2026, 5, 1)
    seasons = [Season.SPRING, "AUTUMN", Season.AUTUMN]
    assert [Harvest.objects.create(day=day, season=season).number for season in seasons] == [
        1,
        1,
        2,
    ]
    Counter.objects.all().delete()
    with pytest.raises(SequenceNotSynced), transaction.atomic():
        Harvest.objects.create(day=day, season=Season.AUTUMN)
    call_command("sync_sequences", verbosity=0)
    assert Harvest.objects.create(day=day, season=Season.AUTUMN).number == 3
    assert get_last_value("harvests", scope=[2026, "AUTUMN", ""]) == 3


def test_blanks_that_a_database_cuts_off():
    day = datetime.date(2026, 5, 1)
    assert Harvest.objects.create(day=day, text="ab ").number == 1
    with pytest.raises(ValueError, match="longer than the 3 characters"), transaction.atomic():
        Harvest.objects.create(day=day, text="ab   ")
    with pytest.raises(ValueError, match="holds integers"), transaction.atomic():
        Filed.objects.create(integer=1.5)
    assert Harvest.objects.count() == 1


def test_base_managers_that_filter_and_join():
    """Every row counts, and only its own row is locked."""
    company, hidden = (
        Company.objects.create(name=name, fiscal_month=n) for name, n in ("a1", "b0")
    )
    rows = [Contract.objects.create(company=company, payer=hidden) for _ in range(2)]
    unseen = Contract(company=hidden, payer=hidden, fiscal_month=1)
    unseen.save(force_insert=True)
    assert unseen.number == 1
    for row in rows:
        row.fiscal_month = 2
        row.save()
        row.save()
    assert [row.number for row in rows] == [2, 3]
    Counter.objects.all().delete()
    with pytest.raises(SequenceNotSynced, match="up to 3"), transaction.atomic():
        Contract.objects.create(company=company, payer=hidden, fiscal_month=1)
    rows[0].payer = None
    with pytest.raises(Exception, match="a change of payer"), transaction.atomic():
        rows[0].save()
    assert Contract.objects.filter(number=None).count() == 0
    assert get_last_value("contracts", scope=[hidden.pk]) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["save", "assign", "defer"])
def test_locks_of_rows_that_a_base_manager_joins(actors, rows_have_locks, how):
    if how != "assign" and connection.vendor == "mysql" and connection.mysql_is_mariadb:
        pytest.skip("Django's own UPDATE locks there what a base manager joins")
    one, two = actors
    company = Company.objects.create(name="a")
    contract = Contract.objects.create(company=company)

    def number():
        if how == "assign":
            Contract.objects.update(fiscal_month=1)
            return assign_numbers(Contract.everything.all())
        contract.fiscal_month = 1
        with deferred_numbering() if how == "defer" else nullcontext():
            contract.save()
        return 1

    one.begin()
    assert one.do(number) == 1
    two.do(lambda: Company.objects.filter(pk=company.pk).update(name="renamed"))
    one.commit()
    assert Contract.objects.get().number == 1
