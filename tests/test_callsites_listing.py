"""The listings, broken files, and large trees that nobody wrote for this."""

from __future__ import annotations

import errno
import gc
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import django
import pytest
from django.conf import settings as django_settings

from gapless_fields.callsites import INSIDE, OUTSIDE, Options, Report, Target, find_callsites
from gapless_fields.callsites.__main__ import main

ROOT = Path(__file__).parent.parent
MODELS = """
from django.db import models
class Invoice(models.Model):
    pass
"""
INVOICE = [Target("shop.models.Invoice")]


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "src" / "shop"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "models.py").write_text(MODELS)
    (folder / "jobs.py").write_text(
        "from django.db import transaction\n"
        "from shop.models import Invoice\n"
        "def job(rows):\n"
        "    with transaction.atomic():\n"
        "        Invoice.objects.create()\n"
        "Invoice.objects.create(\n"
        "    note='x',\n"
        ")\n"
    )
    return folder


def test_json(shop, capsys):
    assert main([str(shop.parent), "--model", "shop.models.Invoice", "--format", "json"]) == 0
    common = {"path": "shop/jobs.py", "model": "shop.models.Invoice"}
    assert json.loads(capsys.readouterr().out) == [
        common
        | {
            "line": 5,
            "call": "Invoice.objects.create()",
            "verdict": "inside",
            "because": "transaction.atomic() in line 4",
        },
        common
        | {
            "line": 6,
            "call": "Invoice.objects.create()",
            "verdict": "outside",
            "because": "code of a module or script without atomic()",
        },
    ]


def test_text(shop, capsys):
    assert main([str(shop.parent), "--model", "shop.models.Invoice"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "shop/jobs.py:5: inside: Invoice.objects.create(): transaction.atomic() in line 4",
        "shop/jobs.py:6: outside: Invoice.objects.create(): "
        "code of a module or script without atomic()",
    ]


def test_needs_no_settings_and_no_installed_project(shop):
    result = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-m", "gapless_fields.callsites"),
            *(str(shop.parent), "--model", "shop.models.Invoice"),
        ],
        capture_output=True,
        text=True,
        env={},
        cwd=ROOT,
    )
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (".", "src.shop.models.Invoice"),  # PATH is above the import root
        (".", "shop.models.Invoice"),
        ("src", "shop.models.Invoice"),
        ("src/shop", "models.Invoice"),  # ... or below it
    ],
)
def test_the_model_is_named_from_any_root(shop, monkeypatch, capsys, path, model):
    monkeypatch.chdir(shop.parent.parent)
    assert main([path, "--model", model]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_missing_models_and_paths(shop, capsys):
    arguments = ["--model", "shop.models.Invoice", "--model", "shop.models.Nothing"]
    assert main([str(shop.parent), *arguments]) == 2
    assert "shop.models.Nothing: no such class" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        main(["/no/such/folder", "--model", "shop.models.Invoice"])
    with pytest.raises(SystemExit, match="2"):
        main([str(shop.parent)])


def test_atomic_requests(shop, capsys):
    (shop / "views.py").write_text(
        "from shop.models import Invoice\ndef view(request):\n    Invoice.objects.create()\n"
    )
    arguments = [str(shop.parent), "--model", "shop.models.Invoice"]
    main(arguments)
    assert "shop/views.py:3: outside" in capsys.readouterr().out
    main([*arguments, "--atomic-requests"])
    assert "shop/views.py:3: inside" in capsys.readouterr().out


def test_files_that_are_not_the_project_s_own(shop):
    text = "from shop.models import Invoice\nInvoice.objects.create()\n"
    for name in ("tests/test_x", "tests", "test_x", "conftest", "factories", "migrations/0001"):
        path = shop / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for folder in ("vendor", "node_modules", ".hidden", "env"):
        (shop / folder).mkdir()
        (shop / folder / "code.py").write_text(text)
    (shop / "env" / "pyvenv.cfg").touch()
    (shop / "latest.py").write_text(text)
    found = find_callsites([shop.parent], INVOICE).callsites
    assert {finding.path for finding in found} == {"shop/jobs.py", "shop/latest.py"}


def test_broken_files_are_skipped_with_a_note(shop):
    (shop / "syntax.py").write_text("def f(:\n    Invoice.objects.create()")
    (shop / "encoding.py").write_bytes(b"name = '\xe9'  # Invoice.objects.create()\n")
    (shop / "unknown.py").write_bytes(b"# coding: no-such\nInvoice.objects.create()\n")
    (shop / "null.py").write_bytes(b"Invoice.objects.create()\0\n")
    (shop / "utf16.py").write_bytes("Invoice.objects.create()\n".encode("utf-16"))
    (shop / "deep.py").write_text("Invoice.objects.create(" + "(" * 9999 + ")" * 9999 + ")\n")
    (shop / "chain.py").write_text("Invoice.objects" + ".all()" * 5000 + ".create()\n")
    (shop / "huge.py").write_text("Invoice.objects.create()\n" + "# and so on\n" * 100_000)
    (shop / "gone.py").symlink_to(shop / "nowhere.py")
    (shop / "round.py").symlink_to(shop / "round.py")
    (shop / "circle").symlink_to(shop / "circle")
    (shop / "above").symlink_to(shop.parent)
    (shop / "folder.py").mkdir()
    (shop / "folder.py" / "inner.py").write_text("x = 1\n")
    report = find_callsites([shop.parent], INVOICE)
    notes = {Path(path).name: why for path, why in report.notes}
    assert {"syntax.py", "unknown.py", "huge.py", "round.py", "circle", "above"} <= notes.keys()
    assert {"null.py", "deep.py", "chain.py"} <= notes.keys()
    assert "cannot be parsed" in notes["syntax.py"]
    assert all(finding.path == "shop/jobs.py" for finding in report.callsites)
    assert len(report.callsites) == 2


def test_syntax_of_newer_pythons_is_read(shop):
    (shop / "jobs.py").write_text(
        "from shop.models import Invoice\n"
        "type Rows[T] = list[T]\n"
        "class Cache[T: (int, str), *Ts](dict):\n"
        "    def first[K](self, rows: Rows[K]):\n"
        "        return rows[0]\n"
        "def several[\n"
        "    K,\n"
        "](rows):\n"
        "    return rows\n"
        "try:\n"
        "    Invoice.objects.create()\n"
        "except ValueError, TypeError:\n"
        "    pass\n"
    )
    report = find_callsites([shop.parent], INVOICE)
    assert not report.notes
    assert [(found.line, found.verdict) for found in report.callsites] == [(11, OUTSIDE)]


NEWER_FSTRINGS = r"""
from shop.models import Invoice
def write(row, rows):
    print(f'{row['name']} and {', '.join(f"{one['a']:>{len('b')}}" for one in rows)}')
    text = f'''{
        row['x']  # a ' in a comment
    }''' + f'{{' + rf'\d{'}'}' + 'it\'s'
    # don't
    Invoice.objects.create(name=f"{row["name"]!r:{row['width']}}")
write({}, [])
"""


def test_fstrings_of_newer_pythons_are_read(shop):
    (shop / "jobs.py").write_text(NEWER_FSTRINGS)
    report = find_callsites([shop.parent], INVOICE)
    assert not report.notes
    assert [(found.line, found.verdict) for found in report.callsites] == [(9, OUTSIDE)]


def test_a_dict_that_is_filled_on_many_conditions(shop):
    conditions = [f"    if row.a{n}:\n        values['a{n}'] = (row, values)\n" for n in range(60)]
    (shop / "jobs.py").write_text(
        "from shop.models import Invoice\ndef values_of(row):\n    values = {}\n"
        + "".join(conditions)
        + "    return row, values\n"
        + "values_of(Invoice())[0].save()\n"
    )
    report = find_callsites([shop.parent], INVOICE)
    assert [found.call for found in report.callsites] == ["values_of(Invoice())[0].save()"]


def test_functions_that_call_one_another_a_hundred_deep(shop):
    steps = [f"def step_{n}():\n    return step_{n - 1}()\n" for n in range(1, 120)]
    (shop / "jobs.py").write_text(
        "from shop.models import Invoice\ndef step_0():\n    return Invoice()\n"
        + "".join(steps)
        + "step_119().save()\n"
    )
    limit = sys.getrecursionlimit()
    report = find_callsites([shop.parent], INVOICE)
    assert not report.notes
    assert [found.call for found in report.callsites] == ["step_119().save()"]
    assert sys.getrecursionlimit() == limit


def test_files_that_may_not_be_read(shop, monkeypatch):
    """As they are to others than root, who may read everything."""

    def denied(function):
        def deny(path, *args, **kwargs):
            if Path(path).name in ("secret.py", "secrets"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return function(path, *args, **kwargs)

        return deny

    (shop / "secret.py").touch()
    (shop / "secrets").mkdir()
    monkeypatch.setattr("builtins.open", denied(open))
    monkeypatch.setattr(os, "scandir", denied(os.scandir))
    report = find_callsites([shop.parent], INVOICE)
    assert dict(report.notes) == {
        "shop/secret.py": "cannot be read: Permission denied",
        "shop/secrets": "cannot be listed: Permission denied",
    }
    assert len(report.callsites) == 2


def test_tests_that_are_passed_over_are_named(shop):
    tests = shop / "unittests"
    tests.mkdir()
    (tests / "test_jobs.py").write_text("from shop.models import Invoice\nInvoice().save()\n")
    (shop / "suite.py").write_text(
        "from django.test import TestCase\nfrom shop.models import Invoice\n"
        "class Writing(TestCase):\n    def setUp(self):\n        Invoice.objects.create()\n"
    )
    report = find_callsites([shop.parent], INVOICE)
    assert report.notes == [
        ("shop/suite.py", "taken for tests"),
        ("shop/unittests", "taken for tests"),
    ]
    assert {finding.path for finding in report.callsites} == {"shop/jobs.py"}


@pytest.mark.parametrize(
    ("folder", "files", "is_application"),
    [
        ("test", ["models.py", "views.py"], True),
        ("test", ["models/__init__.py", "views.py"], True),
        ("test", ["models.py", "views.py", "tests/test_views.py"], True),
        ("tests", ["models.py", "views.py", "test_views.py"], False),
        ("tests", ["models.py", "views.py", "unit/test_views.py"], False),
        ("tests", ["views.py", "unit/__init__.py", "unit/test_views.py"], False),
    ],
)
def test_a_folder_of_tests_and_an_application_that_is_called_so(
    shop, folder, files, is_application
):
    for name in files:
        path = shop / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (shop / folder / "views.py").write_text(
        "from shop.models import Invoice\ndef make(request):\n    Invoice.objects.create()\n"
    )
    report = find_callsites([shop.parent], INVOICE)
    found = {finding.path for finding in report.callsites}
    assert (f"shop/{folder}/views.py" in found) is is_application
    assert ((f"shop/{folder}", "taken for tests") in report.notes) is not is_application


def test_a_line_that_says_why_it_is_right(shop, capsys):
    (shop / "jobs.py").write_text(
        "from shop.models import Invoice\nInvoice.objects.create()  # gapless: ok: one row alone\n"
    )
    assert main([str(shop.parent), "--model", "shop.models.Invoice"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("without atomic(); accepted: one row alone")


def test_nothing_to_look_for(shop):
    assert find_callsites([shop.parent], []) == Report()
    missing = [Target("shop.models.Nothing"), Target("shop.models.Neither")]
    report = find_callsites([shop.parent], missing)
    assert (report.callsites, set(report.missing)) == ([], set(missing))


def test_garbage_is_collected_afterwards_only_where_it_was_before(shop):
    gc.disable()
    try:
        assert find_callsites([shop.parent], INVOICE).callsites
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert find_callsites([shop.parent], INVOICE).callsites
    assert gc.isenabled()


def test_a_list_of_a_thousand_elements(shop):
    (shop / "jobs.py").write_text(
        "from shop.models import Invoice\nrows = [\n"
        + "    1,\n" * 1000
        + "    Invoice.objects.create(),\n]\n"
    )
    (found,) = find_callsites([shop.parent], INVOICE).callsites
    assert (found.line, found.verdict) == (1003, OUTSIDE)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "# coding: latin-1\n"])
def test_line_ends_and_encodings(shop, ending, start):
    encoding = "latin-1" if "latin" in start else "utf-8"
    text = start + (shop / "jobs.py").read_text() + "name = 'é'\n"
    (shop / "jobs.py").write_bytes(text.replace("\n", ending).encode(encoding))
    found = find_callsites([shop.parent], INVOICE).callsites
    before = start.count("\n")
    assert [finding.line for finding in found] == [5 + before, 6 + before]


def test_code_of_others_is_read_without_a_crash():
    """Django itself, and Python's library with its tests: half a million lines."""
    folder = Path(django.__file__).parent
    report = find_callsites([folder / "contrib"], [Target("auth.models.User")])
    assert not report.missing
    assert {finding.path for finding in report.callsites} >= {"auth/models.py", "auth/backends.py"}
    report = find_callsites([folder], [Target("db.models.base.Model"), Target("forms.forms.Form")])
    assert not report.missing
    stdlib = Path(sysconfig.get_path("stdlib"))
    report = find_callsites([stdlib], [Target("email.message.Message"), Target("ast.NodeVisitor")])
    assert not report.missing


@pytest.mark.parametrize("settings", ["example.settings", "example.wrong"])
def test_example_project(settings):
    """Clean, but for the application with one line that says that it is wrong on purpose."""
    folder = ROOT / "example_project"
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **os.environ,
            "DATABASE_URL": "sqlite:///example.sqlite3",
            "DJANGO_SETTINGS_MODULE": settings,
        },
    )
    if settings == "example.settings":
        assert (result.stderr, result.returncode) == ("", 0)
        return
    lines = (folder / "wrong" / "views.py").read_text().splitlines()
    assert "Wrong on purpose" in lines[0]
    wrong = 1 + next(n for n, line in enumerate(lines) if "Invoice.objects.create" in line)
    assert result.stderr.count("gapless_fields.W201)") == 1
    assert f"wrong/views.py:{wrong}: (gapless_fields.W201)" in result.stderr
    assert "identified 1 issue" in result.stderr
    assert result.returncode == 1


SERVICES = """
from django.core.management import BaseCommand
from tests.testapp.models import Invoice

def issue():
    return Invoice.objects.create()

class Command(BaseCommand):
    def handle(self, **options):
        issue()
"""
TEST = """
import pytest
import services
from django.core.management import call_command

@pytest.mark.django_db
def test_issue():
    call_command(services.Command(), skip_checks=True)
"""


def test_pytest_turns_the_warning_into_a_detector(tmp_path):
    """As the docs show it: ``pytest -W error::gapless_fields.GaplessOutsideAtomicWarning``."""
    (tmp_path / "services.py").write_text(SERVICES)
    (tmp_path / "test_shop.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environment = {name: value for name, value in os.environ.items() if "DATABASE" not in name}
    environment.pop("GAPLESS_TEST_FOLDER", None)
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]),
        "DJANGO_SETTINGS_MODULE": django_settings.SETTINGS_MODULE,
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_shop.py"]
    plain = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert plain.returncode == 0, plain.stdout
    assert "GaplessOutsideAtomicWarning" in plain.stdout  # pytest's summary of warnings
    option = ["-W", "error::gapless_fields.GaplessOutsideAtomicWarning"]
    strict = subprocess.run(
        command + option, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert strict.returncode == 1, strict.stdout
    assert "outside transaction.atomic()" in strict.stdout
    (tmp_path / "services.py").write_text(
        SERVICES.replace(
            "import Invoice", "import Invoice\nfrom django.db import transaction"
        ).replace("def issue", "@transaction.atomic\ndef issue")
    )
    mended = subprocess.run(
        command + option, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert mended.returncode == 0, mended.stdout


def test_options_of_the_reader(shop):
    (shop / "jobs.py").write_text(
        "from company.db import serializable\nfrom shop.models import Invoice\n"
        "with serializable():\n    Invoice.objects.create()\n"
    )
    (finding,) = find_callsites([shop.parent], INVOICE).callsites
    assert finding.verdict == OUTSIDE
    options = Options(atomic_wrappers=frozenset({"company.db.serializable"}))
    (finding,) = find_callsites([shop.parent], INVOICE, options).callsites
    assert finding.verdict == "inside"


def test_wrappers_that_the_project_has_written_itself(shop):
    (shop / "db.py").write_text(
        "from contextlib import contextmanager\n"
        "@contextmanager\ndef serializable():\n    begin()\n    yield\n    commit()\n"
    )
    (shop / "jobs.py").write_text(
        "from shop.db import serializable\nfrom shop.models import Invoice\n"
        "@serializable\ndef job():\n    Invoice.objects.create()\n"
        "@serializable()\ndef other():\n    Invoice.objects.create()\n"
        "with serializable():\n    Invoice.objects.create()\n"
        "job(), other()\n"
    )
    before = find_callsites([shop.parent], INVOICE).callsites
    assert [finding.verdict for finding in before] == [OUTSIDE] * 3
    options = Options(atomic_wrappers=frozenset({"shop.db.serializable"}))
    after = find_callsites([shop.parent], INVOICE, options).callsites
    assert [finding.verdict for finding in after] == [INSIDE] * 3
