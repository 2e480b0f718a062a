"""What ``manage.py audit_sequences`` says, and its exit status."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from gapless_fields.models import RegisterEntry
from tests.settings import SQLITE_FOLDER
from tests.testapp.models import Bill, Company, Invoice, Job, Shipment

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def run(*arguments, status=0, **options):
    output = io.StringIO()
    if status:
        with pytest.raises(SystemExit) as error:
            call_command("audit_sequences", *arguments, stdout=output, **options)
        assert error.value.code == status
    else:
        call_command("audit_sequences", *arguments, stdout=output, **options)
    return output.getvalue()


@pytest.fixture
def rows():
    return [Invoice.objects.create() for _ in range(5)]


@pytest.fixture
def damaged(rows):
    for row in rows[1:3]:
        Invoice.objects.filter(pk=row.pk)._raw_delete("default")
    return rows


def test_nothing_is_wrong(rows):
    first, titles, line, last = run().splitlines()
    assert first.startswith(f'Database "default" ({connection.display_name} ')
    assert titles.split() == ["Series", "Rows", "First", "Last", "Counter", "Result"]
    assert line.split() == ["invoices", "5", "1", "5", "5", "complete"]
    assert last == "1 series, 0 faults."


def test_a_fault(damaged):
    lines = run("testapp.Invoice", status=1).splitlines()
    assert lines[2].split() == ["invoices", "3", "1", "5", "5", "1", "fault"]
    between = f"testapp.Invoice {damaged[0].pk} and testapp.Invoice {damaged[3].pk}"
    assert lines[3] == f"  ! missing 2-3 (2 numbers): between {between}"
    assert lines[4] == "1 series, 1 fault."
    assert max(map(len, lines)) <= 100


def test_a_void(damaged):
    RegisterEntry.objects.create(
        kind="void", key="invoices", name="invoices", first=2, last=3, reason="printed twice"
    )
    lines = run().splitlines()
    assert lines[2].endswith("complete")
    assert lines[3] == "    void 2-3: printed twice"


def test_a_long_name_has_a_line_of_its_own():
    company = Company.objects.create(name="a")
    Bill.objects.create(company=company, issued_on="2026-01-01")
    name, line = run("testapp.Bill").splitlines()[2:4]
    assert name == f"bills: company Company object ({company.pk}), year 2026"
    assert line.split() == ["1", "1", "1", "1", "complete"]


def test_a_loop():
    Job.objects.create()
    assert run("testapp.Job").splitlines()[2].endswith("loops")


def test_faults_only(damaged):
    Job.objects.create()
    assert "jobs" in run(status=1)
    assert "jobs" not in run("--faults-only", status=1)
    assert [one["sequence"] for one in json.loads(run("--format=json", status=1))["series"]] == [
        "invoices",
        "jobs",
    ]
    content = json.loads(run("--format=json", "--faults-only", status=1))
    assert [one["sequence"] for one in content["series"]] == ["invoices"]


def test_nothing_to_show():
    assert run("--faults-only").splitlines()[1:] == ["0 series, 0 faults."]


def test_json(damaged):
    (series,) = json.loads(run("--format=json", status=1))["series"]
    (finding,) = series["findings"]
    assert (finding["kind"], finding["first"], finding["last"]) == ("missing", 2, 3)
    assert finding["rows"][0] == {
        "model": "testapp.Invoice",
        "field": "number",
        "key": damaged[0].pk,
        "number": 1,
    }


def test_csv(damaged):
    Job.objects.create()
    Shipment.objects.create(status="sent", weight=1)
    late = Shipment.objects.create()
    Shipment.objects.filter(pk=late.pk).update(status="sent", weight=1)
    one, job, due = csv.DictReader(io.StringIO(run("--format=csv", status=1)))
    assert (one["sequence"], one["finding"], one["is_fault"]) == ("invoices", "missing", "yes")
    assert (one["first_number"], one["last_number"], one["count"]) == ("2", "3", "2")
    assert (job["sequence"], job["finding"], job["rows"]) == ("jobs", "", "1")
    assert (due["finding"], due["found_in"]) == ("unnumbered", f"testapp.Shipment {late.pk}")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["testapp.Nothing"], "doesn't have a 'Nothing' model"),
        (["testapp.Plain"], "testapp.Plain has no GaplessSequenceField"),
        (["testapp"], '"testapp" is neither an app.Model nor an app.Model.field'),
        (["testapp.Invoice", "--since=2026-01-01"], "has no date in its scope"),
    ],
)
def test_errors(arguments, says):
    with pytest.raises(CommandError, match=says) as error:
        run(*arguments)
    assert error.value.returncode == 2


def test_since():
    company = Company.objects.create(name="a")
    for year in (2025, 2026):
        Bill.objects.create(company=company, issued_on=f"{year}-05-01")
    assert "year 2025" not in run("testapp.Bill", "--since=2026-01-01")
    assert "year 2025" not in run("testapp.Bill", since="2026-01-01")
    with pytest.raises(CommandError):
        run("testapp.Bill", since="yesterday")


def test_another_database():
    Invoice.objects.using("other").create()
    assert run("--database=other").splitlines()[-1] == "1 series, 0 faults."
    assert run().splitlines()[-1] == "0 series, 0 faults."


def test_progress_is_for_terminals(damaged):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal, pipe = Terminal(), io.StringIO()
    run("testapp.Invoice", stderr=terminal, no_color=True, status=1)
    assert terminal.getvalue().splitlines() == [
        "1 of 1 sequences: invoices",
        "invoices: a closer look at 1 of 1 series",
    ]
    run("testapp.Invoice", stderr=pipe, status=1)
    assert pipe.getvalue() == ""
    run("testapp.Invoice", stderr=(quiet := Terminal()), verbosity=0, status=1)
    assert quiet.getvalue() == ""


@pytest.mark.django_db(transaction=True)
def test_status_of_the_process(rows):
    def status(*arguments):
        command = [sys.executable, "-m", "django", "audit_sequences", *arguments]
        environment = {**os.environ, "GAPLESS_TEST_FOLDER": str(SQLITE_FOLDER)}
        environment["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode

    assert status("testapp.Invoice") == 0
    assert status("testapp.Nothing") == 2
    assert status("--since=soon") == 2
    Invoice.objects.filter(number=2)._raw_delete("default")
    assert status("testapp.Invoice") == 1
