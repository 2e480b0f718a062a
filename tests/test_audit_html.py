"""The page of an audit says everything in words, and needs nothing but itself."""

from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from gapless_fields.audit import Finding, Kind, NumberRange, Row, SeriesReport, Void, audit
from gapless_fields.audit.html import MOST_LINES, render
from gapless_fields.audit.sentences import kinds
from gapless_fields.audit.strips import COLUMNS, MOST_LABELS, strip_of
from gapless_fields.models import RegisterEntry
from tests.testapp.models import Invoice

NOW = datetime.datetime(2026, 11, 28, 5, 0, 12, tzinfo=datetime.UTC)
EVIL = "<script>alert('&')</script>"


class Report(list):
    metadata = {
        "started_at": NOW,
        "database": "default",
        "vendor": "PostgreSQL",
        "vendor_version": "18.6",
        "package_version": "1.0.0rc1",
        "django_version": "6.0",
        "since": None,
    }


def numbers(first, last=None):
    return NumberRange(first, first if last is None else last)


def row(number, key=None):
    return Row("shop.Invoice", "number", number if key is None else key, number)


def missing(first, last=None):
    found = numbers(first, last)
    return Finding(Kind.MISSING, found, len(found), (row(first - 1), row(found.last + 1)))


def void(first, last=None, **options):
    values = {"reason": "Spoilt.", "by": "Ann", "recorded_at": NOW, "row": None} | options
    return Void(numbers(first, last), **values)


def series(*findings, **options):
    values = {
        "sequence": "invoices",
        "scope": ("1", "2026"),
        "description": "invoices: company ACME, year 2026",
        "fields": ("shop.Invoice.number",),
        "initial_value": 1,
        "loops": False,
        "first": 1,
        "last": 100,
        "rows": 100,
        "counter": 100,
    } | options
    return SeriesReport(**values, findings=findings)


class Page(HTMLParser):
    """Whether the tags are balanced, what stands in each, and the attributes of all."""

    VOID = {"meta"}
    ALONE = {"rect", "line", "use", "path"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag not in self.ALONE, "a shape of SVG is closed"
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.ALONE
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open and data.strip():
            self.texts.append(" ".join(data.split()))

    def all(self, tag, **wanted):
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in wanted.items())
        ]

    @property
    def text(self):
        return "\n".join(self.texts)


def page(*reports):
    return Page(render(Report(reports)))


def labels(found):
    return [svg["aria-label"] for svg in found.all("svg", role="img")]


FAULTY = series(
    missing(4),
    Finding(Kind.DOUBLE, numbers(9), 2, (row(9), row(9, 77))),
    rows=100,
    voids=(void(6),),
)
WHOLE = series(description="invoices: company BOLT, year 2026")
LOOP = series(description="tickets", loops=True, rows=12345)


class TestVerdict:
    @pytest.mark.parametrize(
        ("reports", "verdict"),
        [
            ([WHOLE], "Complete: no number is missing, and none is double"),
            ([WHOLE, LOOP], "Complete: no number is missing, and none is double"),
            ([LOOP], "No fault was found"),
            ([], "Nothing to audit: no number has been given"),
            ([WHOLE, series(missing(4))], "1 fault in 1 of 2 series"),
            ([WHOLE, FAULTY, WHOLE], "2 faults in 1 of 3 series"),
        ],
    )
    def test_it_is_the_first_heading(self, reports, verdict):
        found = page(*reports)
        assert found.texts[0] == f"Audit of numbers: {verdict}"
        assert verdict in found.texts
        assert len(found.all("h1")) == 1

    def test_a_note_is_no_fault(self):
        noted = series(
            Finding(Kind.NO_ROWS, None, 0, is_fault=False), first=None, last=None, rows=0, counter=5
        )
        found = page(noted)
        assert "Complete: no number is missing, and none is double" in found.texts
        assert "(No rows)" in found.texts


class TestPage:
    def test_what_was_audited(self):
        text = page(WHOLE).text
        assert "default (PostgreSQL 18.6)" in text
        assert "gapless-fields 1.0.0rc1, Django 6.0" in text
        assert "shop.Invoice.number" in text
        assert re.search(r"Nov. 2[78], 2026, \d\d:\d\d:12 \w+", text)
        assert "What this method cannot see" in text

    def test_since(self):
        report = Report([WHOLE])
        assert "Only series with a row since" not in render(report)
        report.metadata = Report.metadata | {"since": datetime.date(2026, 1, 2)}
        assert "Only series with a row since\nJan. 2, 2026" in Page(render(report)).text

    def test_it_needs_nothing_else(self):
        text = render(Report([FAULTY, WHOLE, LOOP])).lower()
        for fetched in ("<script", "<link", "<img", "url(", "http", "@import", "src=", "//"):
            assert fetched not in text

    def test_everything_is_escaped(self):
        told = void(6, reason=EVIL, by=EVIL, row={EVIL: EVIL, "values": {EVIL: [EVIL]}})
        finding = Finding(Kind.MISSING, numbers(4), 1, (row(3, EVIL), Row(EVIL, EVIL, EVIL, 5)))
        options = {"description": EVIL, "fields": (EVIL,), "voids": (told,)}
        report = Report([series(finding, **options), series(**options)])
        report.metadata = Report.metadata | {"database": EVIL, "vendor_version": EVIL}
        text = render(report)
        assert "<script" not in text
        assert EVIL in Page(text).texts

    def test_language(self):
        with translation.override("ar"):
            text = render(Report([WHOLE]))
        assert '<html lang="ar" dir="rtl">' in text

    def test_numbers_of_people_and_measures_of_svg(self):
        with translation.override("de"):
            found = page(series(missing(4, 8), last=12345, counter=12345, rows=12340))
        assert "12.340" in found.texts
        assert "12345" in found.texts
        for tag in ("rect", "line"):
            for mark in found.all(tag):
                measures = [mark.get(name, "0") for name in ("x", "width", "x1", "x2")]
                assert all(re.fullmatch(r"[\d.]+%?", measure) for measure in measures)

    def test_templates_of_the_project_do_not_matter(self, settings):
        settings.TEMPLATES = []
        assert "Complete" in render(Report([WHOLE]))

    def test_the_shapes_are_explained(self):
        def explained(*reports):
            return "\n".join(page(*reports).texts).count("Given\nVoid")

        voided = series(voids=(void(6),))
        assert explained(WHOLE) == 0
        assert explained(voided) == explained(FAULTY) == explained(FAULTY, voided) == 1

    def test_a_project_without_time_zones(self):
        report = Report([WHOLE])
        report.metadata = Report.metadata | {"started_at": NOW.replace(tzinfo=None)}
        assert "Nov. 28, 2026, 05:00:12" in Page(render(report)).texts

    def test_it_prints(self):
        text = render(Report([FAULTY, WHOLE]))
        assert "@media print" in text
        assert "table-header-group" in text
        assert "prefers-color-scheme: dark" in text

    def test_tables(self):
        found = page(FAULTY, series(voids=(void(6),)))
        tables = len(found.all("table"))
        assert tables == 4
        assert len(found.all("caption")) == len(found.all("thead")) == tables
        assert all("scope" in cell for cell in found.all("th"))

    def test_series_with_faults_come_first(self):
        found = page(WHOLE, FAULTY)
        assert found.texts.index(FAULTY.description) < found.texts.index(WHOLE.description)


class TestFindings:
    @pytest.mark.parametrize("kind", Kind)
    def test_every_kind_is_told_in_words(self, kind):
        name, meaning = kinds()[kind]
        found = page(series(Finding(kind, numbers(4, 6), 3, (row(3, 33), row(7, "x-7")))))
        assert name in found.texts
        assert meaning in found.texts
        assert "4–6" in found.texts
        assert "shop.Invoice 33\n(number 3)" in found.text
        assert "shop.Invoice x-7\n(number 7)" in found.text

    def test_a_finding_that_is_not_about_numbers(self):
        due = Row("shop.Invoice", "number", 8, None)
        found = page(series(Finding(Kind.UNNUMBERED, None, 2, (due,))))
        assert "shop.Invoice 8\n…" in found.text
        assert "(number None)" not in found.text

    def test_more_than_a_person_reads(self):
        found = page(series(*(missing(n) for n in range(2, 3000, 2)), last=3000))
        assert len(found.texts) < 2000
        assert f"lists the first {MOST_LINES} of them" in found.text

    def test_no_number_was_given(self):
        unnumbered = Finding(Kind.UNNUMBERED, None, 1)
        found = page(series(unnumbered, first=None, last=None, rows=0, counter=None))
        assert "No number was given." in found.texts
        assert labels(found) == []


class TestRegister:
    def test_entries(self):
        row = {"pk": 6, "values": {"total": "1.50", "paid": None}, "model": "shop.Invoice"}
        found = page(series(voids=(void(6, 8, reason="Torn.", by="Eve", row=row),)))
        was = "model: shop.Invoice; pk: 6; paid: null; total: 1.50"
        for text in ("6–8", "Torn.", "Eve", was):
            assert text in found.texts

    def test_a_row_that_is_long(self):
        found = page(series(voids=(void(6, row={"text": "x" * 5000}), void(7, row="a text"))))
        assert max(map(len, found.texts)) < 700
        assert "a text" in found.texts

    def test_more_than_a_person_reads(self):
        found = page(series(voids=tuple(void(n) for n in range(1, 1000)), last=1000))
        assert f"lists the first {MOST_LINES} of them" in found.text
        assert len(found.texts) < 5 * MOST_LINES + 200


def shapes(strip):
    return [(mark.shape, mark.x, mark.width) for mark in strip.bar]


class TestStrip:
    def test_it_is_told_in_words(self):
        assert labels(page(FAULTY)) == [
            "Numbers 1 to 100. Given: 99. Missing: 1 (4). Void: 1 (6). Double: 1 (9)."
        ]
        assert labels(page(LOOP)) == ["Numbers 1 to 100, which repeat. Rows: 12345."]
        late = Finding(Kind.NOT_CHRONOLOGICAL, numbers(7, 9), 3)
        assert labels(page(series(late))) == [
            "Numbers 1 to 100. Given: 100. Another fault: 3 (7–9)."
        ]

    def test_each_number_has_a_column_where_there_is_room(self):
        strip = strip_of(series(missing(4), last=10, counter=10, rows=8, voids=(void(6),)))
        assert shapes(strip) == [
            ("given", "0%", "30%"),
            ("missing", "30%", "10%"),
            ("given", "40%", "10%"),
            ("void", "50%", "10%"),
            ("given", "60%", "40%"),
        ]

    def test_head_and_tail(self):
        strip = strip_of(series(missing(1, 2), missing(9, 10), first=3, last=8, counter=10, rows=6))
        assert [shape for shape, *_ in shapes(strip)] == ["missing", "given", "missing"]
        assert [label.text for label in strip.labels] == ["1–2", "9–10"]

    def test_one_of_a_million_is_seen(self):
        million = series(missing(654_321), last=1_000_000, counter=1_000_000, rows=999_999)
        strip = strip_of(million)
        assert ("missing", "65%", "0.5%") in shapes(strip)
        assert [label.text for label in strip.labels] == ["654321"]
        assert "Missing: 1 (654321)." in strip.words

    def test_its_size_has_a_bound(self):
        many = [missing(n) for n in range(2, 2_000_000, 200)]
        strip = strip_of(series(*many, last=2_000_000, counter=2_000_000, rows=1_990_000))
        assert len(strip.bar) <= COLUMNS
        assert len(strip.labels) <= MOST_LABELS
        assert len(strip.words) < 300

    def test_labels_do_not_overlap(self):
        findings = [missing(n) for n in (500_001, 500_003, 500_005, 900_001)]
        strip = strip_of(series(*findings, last=1_000_000, counter=1_000_000))
        assert [label.text for label in strip.labels] == ["500001", "900001"]

    def test_labels_stay_inside(self):
        strip = strip_of(series(missing(1), missing(1_000_000), first=2, last=999_999))
        assert [label.anchor for label in strip.labels] == ["start", "end"]

    def test_what_other_rows_carry_is_under_the_strip(self):
        strip = strip_of(
            series(
                Finding(Kind.DOUBLE, numbers(3), 2),
                Finding(Kind.VOID_IN_USE, numbers(6), 1),
                last=10,
                counter=10,
                rows=11,
                voids=(void(6),),
            )
        )
        assert [(mark.shape, mark.x) for mark in strip.under] == [
            ("double", "20%"),
            ("other", "50%"),
        ]

    def test_the_greatest_numbers_of_the_database(self):
        top = 2**63 - 1
        strip = strip_of(series(missing(0, top - 1), initial_value=0, first=top, last=top, rows=1))
        assert shapes(strip)[0][0] == "missing"


def test_a_thousand_series_are_a_small_page():
    whole = [series(description=f"invoices: company {n}, year 2026") for n in range(700)]
    faulty = [series(*(missing(n) for n in (4, 9, 50)), voids=(void(6),)) for _ in range(300)]
    text = render(Report(whole + faulty))
    assert len(text.encode()) < 2_000_000


@pytest.mark.django_db(transaction=True)
class TestRealAudit:
    @pytest.fixture
    def rows(self):
        return [Invoice.objects.create() for _ in range(5)]

    def test_a_row_is_deleted_past_the_orm(self, rows):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM testapp_invoice WHERE id = %s", [rows[2].pk])
        found = Page(render(audit(Invoice)))
        assert "1 fault in 1 of 1 series" in found.texts
        assert f"testapp.Invoice {rows[1].pk}\n(number 2)" in found.text
        assert labels(found) == ["Numbers 1 to 5. Given: 4. Missing: 1 (3)."]

    def test_the_register(self, rows):
        row = {"model": "testapp.Invoice", "pk": rows[2].pk}
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM testapp_invoice WHERE id = %s", [rows[2].pk])
        key = Invoice._meta.get_field("number").series.key
        options = {"kind": "void", "name": "invoices", "reason": "Torn.", "by": "Eve"}
        RegisterEntry.objects.create(key=key, first=3, last=3, row=row, **options)
        found = Page(render(audit(Invoice)))
        assert "Complete: no number is missing, and none is double" in found.texts
        assert labels(found) == ["Numbers 1 to 5. Given: 4. Void: 1 (3)."]
        assert f"model: testapp.Invoice; pk: {rows[2].pk}" in found.texts

    def test_a_file_that_cannot_be_written(self, rows, tmp_path):
        with pytest.raises(CommandError, match="Is a directory") as error:
            call_command("audit_sequences", "testapp.Invoice", report=tmp_path)
        assert error.value.returncode == 2

    def test_the_command_writes_it(self, rows, tmp_path, capsys):
        path = tmp_path / "audit.html"
        call_command("audit_sequences", "testapp.Invoice", report=path)
        assert "Complete: no number is missing" in path.read_text("utf-8")
        assert "1 series, 0 faults." in capsys.readouterr().out
