"""The audit finds what was done to rows behind the package's back, and nothing else."""

from __future__ import annotations

import datetime
import json
import uuid

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, transaction
from django.utils import timezone

from gapless_fields import AuditFailed, Sequence, deferred_numbering, get_next_value
from gapless_fields.audit import Kind, NumberRange, audit
from gapless_fields.audit.proofs import excludes_doubles
from gapless_fields.counters import dialects
from gapless_fields.models import Counter, RegisterEntry
from tests.auditapp.models import Dated, Indexed, Left, Partly, Proven, Right
from tests.testapp.models import (
    Bill,
    Booking,
    Company,
    CreditNote,
    Filed,
    Invoice,
    Job,
    Legacy,
    Member,
    Parcel,
    Position,
    Receipt,
    Refund,
    Shipment,
)

pytestmark = pytest.mark.django_db(transaction=True)

NEW_YEAR = datetime.date(2026, 1, 1)


def sql(text, *params):
    with connection.cursor() as cursor:
        cursor.execute(text, params)


def table(model):
    return model._meta.db_table


def delete(*rows):
    for row in rows:
        sql(f"DELETE FROM {table(type(row))} WHERE id = %s", row.pk)


def renumber(row, number):
    sql(f"UPDATE {table(type(row))} SET number = %s WHERE id = %s", number, row.pk)


def found(*targets, **options):
    """The findings of the only series, as kinds, texts of numbers, and how many."""
    (report,) = audit(*targets, **options)
    return [
        (finding.kind, str(finding.numbers or ""), finding.count, finding.is_fault)
        for finding in report.findings
    ]


def void(field, first, last, **scope):
    series = Sequence(field.sequence, scope=scope.get("scope", ()))._series
    RegisterEntry.objects.create(
        kind="void",
        key=series.key,
        name=series.name,
        scope=series.scope_text,
        first=first,
        last=last,
        reason="printed twice",
        by="ann",
    )


@pytest.fixture
def rows():
    return [Invoice.objects.create() for _ in range(9)]


@pytest.fixture
def proven():
    return [Proven.objects.create(company=1, year=2026) for _ in range(9)]


NUMBER = Invoice._meta.get_field("number")


def test_nothing_is_wrong(rows):
    (report,) = audit(Invoice)
    assert report.is_complete
    assert report.findings == ()
    assert (report.first, report.last, report.rows, report.counter) == (1, 9, 9, 9)
    assert report.description == "invoices"
    assert report.fields == ("testapp.Invoice.number",)


def test_no_row_was_ever_numbered():
    assert list(audit(Invoice)) == []
    assert audit(Invoice).is_complete


def test_nothing_is_read_before_it_is_used(django_assert_num_queries):
    with django_assert_num_queries(0):
        report = audit(Invoice)
    Invoice.objects.create()
    assert len(report) == 1
    with django_assert_num_queries(0):
        assert report.is_complete
        assert report.started_at is not None


class TestMissing:
    def test_in_the_middle(self, rows):
        delete(rows[2], rows[5], rows[6])
        (report,) = audit(Invoice)
        assert report.missing == (NumberRange(3, 3), NumberRange(6, 7))
        one, other = report.faults
        assert [row.key for row in one.rows] == [rows[1].pk, rows[3].pk]
        assert [row.number for row in other.rows] == [5, 8]
        assert one.rows[0].model == "testapp.Invoice"
        assert report.rows == 6

    def test_at_both_ends(self, rows):
        delete(*rows[:2], *rows[7:])
        (report,) = audit(Invoice)
        assert report.missing == (NumberRange(1, 2), NumberRange(8, 9))
        assert [[row.number for row in one.rows] for one in report.faults] == [[3], [7]]

    def test_every_row(self, rows):
        delete(*rows)
        assert found(Invoice) == [
            (Kind.MISSING, "1-9", 9, True),
            (Kind.NO_ROWS, "", 0, False),
        ]

    def test_a_number_that_was_taken_without_a_row(self, rows):
        get_next_value("invoices")
        assert found(Invoice) == [(Kind.MISSING, "10", 1, True)]

    def test_not_if_it_was_voided(self, rows):
        delete(rows[2], rows[4], rows[8])
        void(NUMBER, 3, 3)
        void(NUMBER, 9, 9)
        (report,) = audit(Invoice)
        assert report.missing == (NumberRange(5, 5),)
        assert [str(one.numbers) for one in report.voids] == ["3", "9"]
        assert report.voids[0][1:3] == ("printed twice", "ann")

    def test_not_if_it_is_one_of_a_range_of_voids(self, rows):
        delete(*rows[2:6])
        void(NUMBER, 4, 5)
        void(NUMBER, 4, 4)
        (report,) = audit(Invoice)
        assert report.missing == (NumberRange(3, 3), NumberRange(6, 6))

    def test_a_void_of_another_series_explains_nothing(self, rows):
        delete(rows[2])
        void(Receipt._meta.get_field("number"), 3, 3)
        assert found(Invoice) == [(Kind.MISSING, "3", 1, True)]

    def test_a_double_does_not_hide_it(self):
        rows = [Receipt.objects.create() for _ in range(5)]
        delete(rows[2])
        renumber(Refund.objects.create(), 2)
        assert found(Receipt) == [
            (Kind.DOUBLE, "2", 2, True),
            (Kind.MISSING, "3", 1, True),
            (Kind.MISSING, "6", 1, True),
        ]

    def test_in_a_proven_series(self, proven):
        delete(proven[3])
        (report,) = audit(Proven)
        assert report.missing == (NumberRange(4, 4),)
        assert [row.key for row in report.faults[0].rows] == [proven[2].pk, proven[4].pk]


class TestDouble:
    def test_in_one_table(self):
        rows = [Left.objects.create(text="a") for _ in range(4)]
        renumber(rows[3], 3)
        (report,) = audit(Left)
        assert [(one.kind, str(one.numbers)) for one in report.faults] == [
            (Kind.DOUBLE, "3"),
            (Kind.MISSING, "6"),
        ]
        keys = {row.key for row in report.faults[0].rows}
        assert keys == {rows[0].pk, rows[3].pk}

    def test_in_two_tables(self):
        Receipt.objects.create()
        renumber(Refund.objects.create(), 1)
        report = audit(Refund)
        double = report.faults[0][1]
        assert (double.kind, double.count) == (Kind.DOUBLE, 2)
        models = {row.model for row in double.rows}
        assert models == {"testapp.Receipt", "testapp.Refund"}

    def test_in_two_tables_whose_count_is_right(self):
        rows = [model.objects.create() for model in (Receipt, Receipt, Receipt, Refund, Refund)]
        renumber(rows[3], 2)
        assert found(Receipt) == [(Kind.DOUBLE, "2", 2, True), (Kind.MISSING, "4", 1, True)]

    def test_many(self):
        for _ in range(7):
            renumber(Left.objects.create(), 3)
        Counter.objects.update(last=3)
        (report,) = audit(Left)
        (double,) = report.faults
        assert (double.kind, double.count, len(double.rows)) == (Kind.DOUBLE, 7, 5)
        assert report.rows == 7

    def test_the_greatest_number(self):
        for row in [Left.objects.create() for _ in range(3)]:
            renumber(row, 2**63 - 1)
        kinds = [one.kind for one in next(iter(audit(Left))).findings]
        assert kinds == [Kind.MISSING, Kind.DOUBLE, Kind.ABOVE_COUNTER]

    def test_what_proves_that_there_is_none(self):
        def proof(model):
            return excludes_doubles(model._meta.get_field("number"), connection)

        assert proof(Invoice)
        assert proof(Proven)
        assert proof(Member)
        assert proof(Indexed) == connection.features.supports_expression_indexes
        assert not proof(Partly)
        assert not proof(Left)
        assert not proof(Bill)

    def test_what_proves_it_on_any_database(self, monkeypatch):
        monkeypatch.setattr(dialects, "DIALECTS", {})
        assert excludes_doubles(NUMBER, connection)
        features = connection.features
        is_known = features.supports_expression_indexes and not features.supports_partial_indexes
        assert excludes_doubles(Indexed._meta.get_field("number"), connection) == is_known

    def test_where_a_unique_index_proves_nothing(self):
        rows = [Partly.objects.create(kept=False) for _ in range(4)]
        renumber(rows[1], 3)
        assert found(Partly) == [(Kind.MISSING, "2", 1, True), (Kind.DOUBLE, "3", 2, True)]


class TestCounter:
    def test_rows_above(self, rows):
        Counter.objects.update(last=6)
        (report,) = audit(Invoice)
        (fault,) = report.faults
        assert (fault.kind, fault.numbers, fault.count) == (
            Kind.ABOVE_COUNTER,
            NumberRange(7, 9),
            3,
        )
        assert fault.rows[0].key == rows[8].pk

    def test_none(self, rows):
        Counter.objects.all().delete()
        assert found(Invoice) == [(Kind.NO_COUNTER, "1-9", 9, True)]

    def test_of_another_scope_is_not_of_the_field(self, rows):
        with pytest.warns(RuntimeWarning, match="uses another series"):
            get_next_value("invoices", scope=(1,))
        assert found(Invoice) == []

    def test_without_rows_and_all_numbers_void(self):
        with transaction.atomic():
            get_next_value("invoices")
        void(NUMBER, 1, 1)
        assert found(Invoice) == [(Kind.NO_ROWS, "", 0, False)]
        assert audit(Invoice).is_complete


def test_below_the_start():
    rows = [Left.objects.create() for _ in range(3)]
    assert found(Left) == []
    renumber(rows[0], 0)
    renumber(rows[1], 1)
    assert found(Left) == [(Kind.BELOW_START, "0-1", 2, True), (Kind.MISSING, "3-4", 2, True)]


def test_due_without_a_number():
    Shipment.objects.create(status="sent", weight=1)
    late = Shipment.objects.create()
    assert found(Shipment) == []
    sql(f"UPDATE {table(Shipment)} SET status = 'sent', weight = 2 WHERE id = %s", late.pk)
    (report,) = audit(Shipment)
    (fault,) = report.faults
    assert (fault.kind, fault.count, fault.numbers) == (Kind.UNNUMBERED, 1, None)
    assert fault.rows[0][2:] == (late.pk, None)


def test_due_at_once_without_a_number():
    row = Legacy.objects.create()
    renumber(row, None)
    assert (Kind.UNNUMBERED, "", 1, True) in found(Legacy)


class TestVoidInUse:
    def test_by_a_row(self, rows):
        void(NUMBER, 4, 5)
        (report,) = audit(Invoice)
        (fault,) = report.faults
        assert (fault.kind, fault.numbers) == (Kind.VOID_IN_USE, NumberRange(4, 5))
        assert [row.key for row in fault.rows] == [rows[3].pk, rows[4].pk]

    def test_in_a_proven_series_whose_counts_are_right(self, proven):
        delete(proven[3])
        series = {"scope": (1, 2026)}
        void(Proven._meta.get_field("number"), 5, 5, **series)
        assert found(Proven) == [
            (Kind.MISSING, "4", 1, True),
            (Kind.VOID_IN_USE, "5", 1, True),
        ]

    def test_exemptions_are_no_voids(self, rows):
        RegisterEntry.objects.create(kind="exemption", reason="import")
        assert found(Invoice) == []


class TestChronology:
    @pytest.fixture(autouse=True)
    def chronological(self, monkeypatch):
        monkeypatch.setattr(Dated._meta.get_field("number"), "chronological", "day", raising=False)

    def make(self, *days):
        return [Dated.objects.create(day=NEW_YEAR + datetime.timedelta(day)) for day in days]

    def test_in_order(self):
        self.make(0, 0, 1, 1, 7)
        assert found(Dated) == []

    def test_out_of_order(self):
        rows = self.make(0, 5, 6, 6)
        sql(f"UPDATE {table(Dated)} SET day = %s WHERE id = %s", NEW_YEAR, rows[2].pk)
        (report,) = audit(Dated)
        (fault,) = report.faults
        assert (fault.kind, fault.numbers) == (Kind.NOT_CHRONOLOGICAL, NumberRange(3, 3))
        assert [row.key for row in fault.rows] == [rows[1].pk, rows[2].pk]

    def test_a_gap_beside_it(self):
        rows = self.make(1, 5, 6, 7, 8)
        sql(f"UPDATE {table(Dated)} SET day = %s WHERE id = %s", NEW_YEAR, rows[3].pk)
        sql(f"UPDATE {table(Dated)} SET day = %s WHERE id = %s", NEW_YEAR, rows[4].pk)
        delete(rows[2])
        assert found(Dated) == [
            (Kind.MISSING, "3", 1, True),
            (Kind.NOT_CHRONOLOGICAL, "4-5", 2, True),
        ]


def test_only_declared_fields_are_chronological():
    for day in (5, 3):
        Dated.objects.create(day=NEW_YEAR + datetime.timedelta(day))
    assert found(Dated) == []


class TestLoop:
    def test_numbers_repeat(self):
        for _ in range(7):
            Job.objects.create()
        (report,) = audit(Job)
        assert report.loops
        assert (report.first, report.last, report.rows, report.counter) == (1, 3, 7, 1)
        assert report.findings == ()

    def test_numbers_outside(self):
        rows = [Job.objects.create() for _ in range(7)]
        renumber(rows[0], 0)
        renumber(rows[1], 9)
        renumber(rows[2], 4)
        assert found(Job) == [
            (Kind.BELOW_START, "0", 1, True),
            (Kind.ABOVE_COUNTER, "4-9", 2, True),
        ]

    def test_a_counter_without_rows_and_rows_without_a_counter(self):
        row = Job.objects.create()
        delete(row)
        assert found(Job) == [(Kind.NO_ROWS, "", 0, True)]
        Job.objects.create()
        Counter.objects.all().delete()
        assert found(Job) == [(Kind.NO_COUNTER, "2", 1, True)]


class TestSeries:
    def test_each_is_named(self):
        company = Company.objects.create(name="ACME")
        for year in (2025, 2026):
            Bill.objects.create(company=company, issued_on=datetime.date(year, 5, 1))
            CreditNote.objects.create(company=company, issued_on=datetime.date(year, 5, 1))
        Bill.objects.create(company=company)
        first, second = audit(Bill)
        assert first.description == f"bills: company Company object ({company.pk}), year 2025"
        assert second.scope == (str(company.pk), "2026")
        assert second.fields == ("testapp.Bill.number", "testapp.CreditNote.number")
        assert audit(CreditNote).is_complete

    def test_a_gap_between_two_tables(self):
        company = Company.objects.create(name="ACME")
        day = {"company": company, "issued_on": NEW_YEAR}
        rows = [model.objects.create(**day) for model in (Bill, CreditNote, Bill, CreditNote)]
        delete(rows[1])
        (report,) = audit(CreditNote)
        (fault,) = report.faults
        assert [(row.model, row.key) for row in fault.rows] == [
            ("testapp.Bill", rows[0].pk),
            ("testapp.Bill", rows[2].pk),
        ]

    def test_of_every_kind_of_value(self):
        values = [
            *({"text": text} for text in ("a", "A", "a ", "á", "", None, "%s")),
            {"integer": 7, "amount": "1.5", "token": uuid.uuid4(), "flag": True},
            {"day": NEW_YEAR, "moment": timezone.now(), "flag": False},
        ]
        for value in values:
            for _ in range(3):
                row = Filed.objects.create(**value)
        assert audit(Filed).is_complete
        assert len(audit(Filed)) == len(values)
        for row in Filed.objects.filter(number=2):
            delete(row)
        report = audit(Filed)
        assert len(report) == len(values)
        assert [one.missing for one in report] == [(NumberRange(2, 2),)] * len(values)

    def test_of_parts_of_dates(self, settings):
        settings.TIME_ZONE = "UTC"
        company = Company.objects.create(name="a")
        moment = datetime.datetime(2026, 1, 31, 20, tzinfo=datetime.UTC)
        with timezone.override(None):
            for _ in range(3):
                Booking.objects.create(company=company, day=moment.date(), moment=moment)
        with timezone.override(datetime.timezone(datetime.timedelta(hours=9))):
            report = audit(Booking)
            assert report.is_complete
        assert [one.description for one in report] == [
            "dates: date 2026-01-31",
            f"fiscal: company Company object ({company.pk}), fiscal year 2025",
            "months: year 2026, month 1",
            "quarters: year 2026, quarter 1",
            "weeks: iso year 2026, week 5",
        ]

    def test_a_row_that_is_in_none(self):
        company = Company.objects.create(name="a")
        bill = Bill.objects.create(company=company, issued_on=NEW_YEAR)
        sql(
            f"UPDATE {table(Booking)} SET day = NULL WHERE id = %s",
            Booking.objects.create(company=company, day=NEW_YEAR, moment=timezone.now()).pk,
        )
        kinds = {one.kind for _, one in audit("testapp.Booking.in_week").faults}
        assert kinds == {Kind.MISSING, Kind.NO_COUNTER}
        assert audit(bill._meta.get_field("number")).is_complete

    def test_many_damaged_ones(self):
        """More than are read one by one."""
        rows = [Right.objects.create(team=team) for team in [None, *range(12)] for _ in range(3)]
        for row in rows[1::3]:
            delete(row)
        report = audit(Right)
        assert [one.missing for one in report] == [(NumberRange(4, 4),)] * 13
        assert [one.scope[1] for one in report] == [None, *map(str, range(12))]


class TestKeys:
    def test_uuid(self):
        rows = [Parcel.objects.create() for _ in range(3)]
        Parcel.objects.filter(pk=rows[1].pk)._raw_delete("default")
        fault = audit(Parcel).faults[0][1]
        assert [row.key for row in fault.rows] == [rows[0].pk, rows[2].pk]

    def test_of_two_columns(self):
        for line in "abc":
            Position.objects.create(contract=7, line=line)
        Position.objects.filter(line="b")._raw_delete("default")
        report = audit(Position)
        assert [row.key for row in report.faults[0][1].rows] == [(7, "a"), (7, "c")]
        json.dumps(report.as_dict())

    def test_of_a_child(self):
        rows = [Member.objects.create(name="a") for _ in range(3)]
        sql(f"DELETE FROM {table(Member)} WHERE person_ptr_id = %s", rows[1].pk)
        fault = audit(Member).faults[0][1]
        assert [row.key for row in fault.rows] == [rows[0].pk, rows[2].pk]


class TestTargets:
    def test_all(self, rows):
        Receipt.objects.create()
        assert [one.sequence for one in audit()] == ["invoices", "shared"]

    @pytest.mark.parametrize(
        "target", [Invoice, NUMBER, "testapp.Invoice", "testapp.invoice", "testapp.Invoice.number"]
    )
    def test_names(self, rows, target):
        Receipt.objects.create()
        assert [one.sequence for one in audit(target)] == ["invoices"]

    @pytest.mark.parametrize(
        ("target", "error"),
        [
            ("testapp", ValueError),
            ("testapp.Nothing", LookupError),
            ("nothing.Invoice", LookupError),
            ("testapp.Invoice.note", ValueError),
            ("testapp.Plain", ValueError),
            (Company, ValueError),
        ],
    )
    def test_wrong_names(self, target, error):
        with pytest.raises(error):
            audit(target)
        assert not issubclass(error, FieldDoesNotExist)


class TestSince:
    def test_only_series_with_a_new_row(self):
        for year in (2024, 2025, 2026):
            rows = [Dated.objects.create(day=datetime.date(year, 3, month)) for month in (1, 2, 3)]
            delete(rows[1])
        report = audit(Dated, since=datetime.date(2025, 3, 2))
        assert [one.scope for one in report] == [("2025",), ("2026",)]
        assert [one.missing for one in report] == [(NumberRange(2, 2),)] * 2
        assert len(audit(Dated, since=datetime.date(2025, 3, 4))) == 1

    def test_a_datetime(self):
        company = Company.objects.create(name="a")
        with timezone.override(None):
            for day in (1, 20):
                moment = datetime.datetime(2026, 3, day, 12, tzinfo=datetime.UTC)
                Booking.objects.create(company=company, day=moment.date(), moment=moment)
        field = Booking._meta.get_field("on_date")
        assert len(audit(field, since=datetime.date(2026, 3, 2))) == 1
        assert len(audit(field, since=datetime.date(2026, 3, 1))) == 2

    def test_without_a_date(self):
        with pytest.raises(ValueError, match="has no date in its scope"):
            audit(Invoice, since=NEW_YEAR)


class TestReport:
    def test_raises(self, rows):
        audit(Invoice).raise_for_faults()
        delete(rows[2])
        with pytest.raises(AuditFailed) as error:
            audit(Invoice).raise_for_faults()
        between = f"testapp.Invoice {rows[1].pk} and testapp.Invoice {rows[3].pk}"
        assert str(error.value) == f"1 fault:\ninvoices: missing 3: between {between}"
        assert isinstance(error.value, AssertionError)

    def test_many_faults(self):
        rows = [Left.objects.create(team=n) for n in range(30)]
        for row in rows:
            renumber(row, 1)
        with pytest.raises(AuditFailed, match="… and 40 more"):
            audit(Left).raise_for_faults()

    def test_missing(self, rows):
        delete(rows[2])
        ((report, ranges),) = audit(Invoice).missing
        assert report.sequence == "invoices"
        assert ranges == (NumberRange(3, 3),)

    def test_as_json(self, rows):
        delete(rows[2])
        void(NUMBER, 3, 3)
        content = json.loads(json.dumps(audit(Invoice).as_dict()))
        assert content["is_complete"] is True
        assert content["vendor"] == connection.display_name
        assert content["series"][0]["voids"][0]["reason"] == "printed twice"
        assert datetime.datetime.fromisoformat(content["started_at"])


class TestTransaction:
    def test_of_the_caller(self, rows):
        with transaction.atomic():
            assert found(Invoice) == []
            Invoice.objects.create()
            assert found(Invoice) == []
            delete(rows[2])
            assert found(Invoice) == [(Kind.MISSING, "3", 1, True)]
            transaction.set_rollback(True)
        assert found(Invoice) == []

    def test_numbers_that_are_deferred(self):
        with transaction.atomic(), deferred_numbering():
            Parcel.objects.create()
            assert found(Parcel) == [(Kind.UNNUMBERED, "", 1, True)]
        assert found(Parcel) == []

    def test_the_connection_is_as_it_was(self, rows):
        def level():
            if connection.vendor == "postgresql":
                sql_text = "SHOW transaction_isolation"
            elif connection.vendor == "mysql":
                name = "tx_isolation" if connection.mysql_is_mariadb else "transaction_isolation"
                sql_text = f"SELECT @@SESSION.{name}"
            else:
                return None
            with connection.cursor() as cursor:
                cursor.execute(sql_text)
                return cursor.fetchone()

        before = level()
        len(audit(Invoice))
        assert level() == before
        assert connection.get_autocommit()
        assert not connection.in_atomic_block
        Invoice.objects.create()

    def test_an_error_leaves_nothing_open(self, monkeypatch):
        monkeypatch.setattr(Invoice._meta, "db_table", "nothing")
        with pytest.raises(Exception, match="nothing"):
            len(audit(Invoice))
        monkeypatch.undo()
        Invoice.objects.create()
        assert audit(Invoice).is_complete

    def test_any_database(self, monkeypatch, rows):
        monkeypatch.setattr(dialects, "DIALECTS", {})
        assert found(Invoice) == []
        delete(rows[2])
        assert found(Invoice) == [(Kind.MISSING, "3", 1, True)]
