"""The plugin for pytest, in a project of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import factory
import pytest
from django.db.transaction import atomic

from gapless_fields import (
    AuditFailed,
    NumberNotIssued,
    Sequence,
    accept_numbers,
    get_next_value,
    pytest_plugin,
)
from gapless_fields.exceptions import SequenceNotSynced
from gapless_fields.pytest_plugin import Gapless
from gapless_fields.writing import outside_atomic
from tests.auditapp.models import Proven
from tests.testapp.models import Forward, Invoice, Job, Ticket

pytest_plugins = ["pytester"]

SETTINGS = """
    SECRET_KEY = "shop"
    INSTALLED_APPS = ["gapless_fields", "shop"]
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    """
MODELS = """
    from django.db import models
    from gapless_fields import GaplessSequenceField

    class Invoice(models.Model):
        number = GaplessSequenceField(sequence="invoices")
    """
SERVICES = """
    from django.db import transaction
    from shop.models import Invoice

    def sell():
        return write()

    def write():
        return Invoice.objects.create()

    class Till:
        def close(self):
            return [Invoice.objects.create() for _ in range(2)]

    def close():
        return Till().close()

    def sell_safely():
        with transaction.atomic():
            return write()
    """
TESTS = """
    import pytest
    from django.test import TestCase, TransactionTestCase
    from shop import services

    @pytest.mark.django_db
    def test_sell():
        services.sell()

    @pytest.mark.django_db(transaction=True)
    def test_sell_for_good():
        services.sell()

    class Sell(TestCase):
        def test(self):
            services.sell()

    class SellForGood(TransactionTestCase):
        def test(self):
            services.sell()

    @pytest.mark.django_db
    def test_close():
        services.close()

    @pytest.mark.django_db
    def test_what_is_right():
        services.sell_safely()
        services.write()  # called by the test itself
    """


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs the tests of a small project, in a process of its own."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shop.settings")
    shop = pytester.mkpydir("shop")
    sources = {"settings": SETTINGS, "models": MODELS, "services": SERVICES}

    def run(tests=TESTS, ini="", *arguments, **files):
        """Runs the tests, with more files by their names."""
        for name, source in {**sources, **files, "test_shop": tests}.items():
            path = shop / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(line[4:] for line in source.splitlines()))
        pytester.makeini(f"[pytest]\n{ini}")
        return pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:xdist", *arguments)

    return run


def failed(result):
    return {line.split("::", 1)[1].split(" ")[0] for line in result.outlines if "FAILED" in line}


OUTSIDE = {"test_sell", "test_sell_for_good", "Sell::test", "SellForGood::test", "test_close"}


def test_by_default_the_filters_of_python_are_left_alone(run):
    result = run()
    assert result.parseoutcomes()["passed"] == 6
    result.stdout.fnmatch_lines(["*services.py:9: GaplessOutsideAtomicWarning: *"])
    run(TESTS, "", "-W", "ignore").assert_outcomes(passed=6, warnings=0)


def test_numbers_outside_atomic_are_errors(run):
    """Also in the transactions that TestCase and the fixture db open."""
    result = run(TESTS, "gapless_outside_atomic = error", "-rf")
    assert failed(result) == OUTSIDE
    result.stdout.fnmatch_lines(["*GaplessOutsideAtomicWarning: Saving shop.Invoice.number takes*"])


def test_the_setting_overrides_filters_of_the_file_and_the_command_line_overrides_it(run):
    ini = "gapless_outside_atomic = error\nfilterwarnings =\n    ignore"
    assert failed(run(TESTS, ini, "-rf")) == OUTSIDE
    run(TESTS, ini, "-W", "ignore::gapless_fields.GaplessOutsideAtomicWarning").assert_outcomes(
        passed=6
    )


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        ("shop/services.py", set()),
        ("shop/services.py:write", {"test_close"}),
        ("shop/services.py:Till", OUTSIDE - {"test_close"}),
        ("shop/services.py:Till.close", OUTSIDE - {"test_close"}),
        ("shop/services.py:close", OUTSIDE),
        ("shop/models.py", OUTSIDE),
        ("shop/services.py:write\n    shop/services.py:Till.close", set()),
    ],
)
def test_lines_that_are_allowed(run, allowed, left):
    ini = f"gapless_outside_atomic = error\ngapless_outside_atomic_allow =\n    {allowed}"
    assert failed(run(TESTS, ini, "-rf")) == left


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        ("gapless_outside_atomic = yes", "*must be \"error\" or empty, not 'yes'*"),
        ("gapless_outside_atomic_allow = shop/gone.py:f", "*there is no file *shop/gone.py*"),
    ],
)
def test_mistakes_in_the_settings(run, ini, message):
    result = run(TESTS, ini)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_the_fixture(run):
    tests = """
    import pytest
    from shop.models import Invoice

    @pytest.mark.django_db
    def test_complete(gapless):
        gapless.start("invoices", 1000)
        assert Invoice.objects.create().number == 1000
        assert Invoice.objects.create().number == 1001

    @pytest.mark.django_db
    def test_a_gap(gapless):
        for _ in range(3):
            Invoice.objects.create()
        Invoice.objects.filter(number=2).delete()
        gapless.assert_complete(Invoice)  # here

    def test_without_the_database(gapless):
        gapless.start("invoices", 1000)
    """
    result = run(tests)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            ">*gapless.assert_complete(Invoice)  # here",
            "E *AuditFailed: 1 fault:",
            "E *invoices: missing 2*",
            "shop*test_shop.py:*: AuditFailed",
            "E *Database access not allowed*",
        ]
    )


def test_tests_without_django(pytester, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    pytester.makepyfile("def test(): pass\ndef test_fixture(gapless): assert gapless.start")
    pytester.makeini("[pytest]\ngapless_outside_atomic = error")
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)


def test_the_package_runs_without_pytest():
    code = """
import sys
sys.modules["pytest"] = sys.modules["_pytest"] = None
import django
django.setup()
import gapless_fields
from gapless_fields import *
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


DATA = """
    from django.db import migrations

    def create(apps, schema_editor):
        for _ in range(2):
            apps.get_model("shop", "Invoice").objects.create()

    class Migration(migrations.Migration):
        dependencies = [("shop", "0001_initial")]
        operations = [migrations.RunPython(create)]
    """
INITIAL = """
    from django.db import migrations, models
    from gapless_fields import GaplessSequenceField

    class Migration(migrations.Migration):
        initial = True
        dependencies = [("gapless_fields", "0002_register")]
        operations = [
            migrations.CreateModel(
                "Invoice",
                [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("number", GaplessSequenceField(sequence="invoices")),
                ],
            )
        ]
    """


def test_serialized_rollback(run):
    """Rows that a migration has numbered are there again, and so are their counters."""
    tests = """
    import pytest
    from django.test import TransactionTestCase
    from gapless_fields.audit import audit
    from shop.models import Invoice

    def issue():
        assert [row.number for row in Invoice.objects.order_by("number")] == [1, 2]
        assert Invoice.objects.create().number == 3
        audit(Invoice).raise_for_faults()

    class TestIssue(TransactionTestCase):
        serialized_rollback = True

        def test_first(self):
            issue()

        def test_second(self):
            issue()

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    @pytest.mark.parametrize("time", [1, 2])
    def test_with_pytest(time):
        issue()
    """
    files = {"__init__": "", "0001_initial": INITIAL, "0002_data": DATA}
    files = {f"migrations/{name}": source for name, source in files.items()}
    result = run(tests, "", "-W", "error", **files)
    result.assert_outcomes(passed=4)


@pytest.fixture
def gapless(db):
    return Gapless()


class TestStart:
    @pytest.mark.parametrize("number", [1, 2, 1000])
    def test_the_next_number(self, gapless, number):
        gapless.start("invoices", number)
        gapless.start("invoices", number)
        assert Invoice.objects.create().number == number

    def test_a_series_of_a_scope(self, gapless):
        gapless.start("proven", 7, scope=(1, 2026))
        assert Proven.objects.create(company=1, year=2026).number == 7
        assert Proven.objects.create(company=2, year=2026).number == 1

    def test_a_scope_of_another_length(self, gapless):
        with pytest.raises(ValueError, match=r"of auditapp\.Proven\.number has 2 values, not 1"):
            gapless.start("proven", 7, scope=(1,))

    def test_a_sequence_without_a_field(self, gapless):
        gapless.start("cases", 5)
        with atomic():
            assert get_next_value("cases") == 5

    def test_where_a_field_begins(self, gapless):
        gapless.start("testapp.ticket", 100)
        assert Ticket.objects.create().number == 100
        for number in (99, 100):
            with pytest.raises(ValueError, match="is 101: it cannot be"):
                gapless.start("testapp.ticket", number)

    def test_a_series_that_starts_again(self, gapless):
        gapless.start("jobs", 3)
        assert Job.objects.create().number == 3
        gapless.start("jobs", 1)
        with pytest.raises(ValueError, match="is 1: it cannot be 4"):
            gapless.start("jobs", 4)
        assert Job.objects.create().number == 1

    def test_rows_with_numbers(self, gapless):
        with accept_numbers():
            Invoice.objects.create(number=8)
        Sequence("invoices").delete()
        with pytest.raises(SequenceNotSynced):
            gapless.start("invoices", 3)


def test_one_field_of_a_model(gapless):
    Forward.objects.create()
    gapless.start("b", 5)
    gapless.assert_complete(Forward, "first")
    for field in ("second", None):
        with pytest.raises(AuditFailed, match="1 fault"):
            gapless.assert_complete(Forward, field)
    with pytest.raises(ValueError, match="has no GaplessSequenceField"):
        gapless.assert_complete(Forward, "third")


def test_factories(gapless):
    """The recipe of the documentation."""

    class InvoiceFactory(factory.django.DjangoModelFactory):
        class Meta:
            model = Invoice

        note = factory.Faker("word")

    assert [invoice.number for invoice in InvoiceFactory.create_batch(2)] == [1, 2]
    assert InvoiceFactory.build().number is None
    gapless.start("invoices", 1000)
    assert InvoiceFactory().number == 1000
    with accept_numbers():
        assert InvoiceFactory(number=4711).number == 4711
    with pytest.raises(NumberNotIssued):
        InvoiceFactory(number=4712)


class Config:
    """What pytest's configuration says of the plugin's settings, and what it is told."""

    def __init__(self, rootpath, **values):
        self.rootpath = rootpath
        self.values = {"gapless_outside_atomic": "", "gapless_outside_atomic_allow": [], **values}
        self.lines = []

    def getini(self, name):
        return self.values[name]

    def addinivalue_line(self, *line):
        self.lines.append(line)


def test_the_hooks_of_this_process(tmp_path, monkeypatch):
    """Those above run in processes of their own."""
    monkeypatch.setattr(outside_atomic, "is_allowed", None)
    plain = Config(tmp_path)
    pytest_plugin.pytest_configure(plain)
    assert (plain.lines, outside_atomic.is_allowed) == ([], None)
    name = Path(__file__).name
    here = f"{name}:test_the_hooks_of_this_process"
    config = Config(
        Path(__file__).parent,
        gapless_outside_atomic="error",
        gapless_outside_atomic_allow=[here, "conftest.py"],
    )
    pytest_plugin.pytest_configure(config)
    assert config.lines == [("filterwarnings", "error::gapless_fields.GaplessOutsideAtomicWarning")]
    assert outside_atomic.is_allowed(sys._getframe())
    assert not outside_atomic.is_allowed((lambda: sys._getframe().f_back.f_back)())
    pytest_plugin.pytest_unconfigure(config)
    assert outside_atomic.is_allowed is None
    for values in (
        {"gapless_outside_atomic": "ignore"},
        {"gapless_outside_atomic_allow": ["nothing.py"]},
    ):
        with pytest.raises(pytest.UsageError):
            pytest_plugin.pytest_configure(Config(tmp_path, **values))


def test_the_settings_and_the_fixture():
    options = []

    class Parser:
        def addini(self, name, *args, **kwargs):
            options.append(name)

    pytest_plugin.pytest_addoption(Parser())
    assert options == ["gapless_outside_atomic", "gapless_outside_atomic_allow"]


def test_the_fixture_of_this_process(gapless):
    assert isinstance(gapless, Gapless)
