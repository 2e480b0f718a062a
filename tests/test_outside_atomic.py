"""GaplessOutsideAtomicWarning: at the project's line, before anything is written."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import types
import warnings

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from gapless_fields import GaplessOutsideAtomicWarning, get_last_value
from tests.testapp.models import Invoice, Legacy, Letter, Parcel, Person

SERVICES = """
import asyncio, itertools
from django.db import transaction
from gapless_fields import Sequence, get_next_value, get_next_values
from tests.testapp.models import Customer, Invoice, Letter, Member

keys = itertools.count(1000)

def create():
    return Invoice.objects.create()  # here

def save():
    Invoice().save()  # here

def bulk_create():
    Invoice.objects.bulk_create([Invoice(), Invoice()])  # here

def bulk_create_in_batches():
    rows = [Invoice(), Invoice(), Invoice(pk=next(keys))]
    Invoice.objects.bulk_create(rows, batch_size=1)  # here

def get_or_create():
    Invoice.objects.get_or_create(reference="a")  # here

def update_or_create():
    Invoice.objects.update_or_create(reference="b")  # here

def multi_table():
    Letter.objects.create(text="x")  # here

def multi_table_get_or_create():
    Letter.objects.get_or_create(text="x")  # here

def multi_table_child():
    Member.objects.update_or_create(name="m")  # here

def related():
    Customer.objects.create(name="c").invoices.create()  # here

def other_database():
    Invoice.objects.using("other").create()  # here

def wrong_database():
    with transaction.atomic():
        Invoice.objects.using("other").create()  # here

def next_value():
    get_next_value("x")  # here

def next_values():
    get_next_values(2, "x")  # here

def iterator():
    next(Sequence("x"))  # here

async def acreate():
    await Invoice.objects.acreate()  # here

async def asave_in_a_task():
    async def task():
        await Invoice().asave()  # here
    await asyncio.gather(task(), asyncio.sleep(0))
"""

CALLS = [line[4:].split("(")[0] for line in SERVICES.splitlines() if line.startswith("def ")]


def load(source, name="shop.services", filename="/srv/shop/services.py"):
    module = types.ModuleType(name)
    exec(compile(textwrap.dedent(source), filename, "exec"), module.__dict__)
    return module


def line_of(source, function):
    """The line with "# here" after the function's def."""
    lines = textwrap.dedent(source).splitlines()
    start = next(n for n, line in enumerate(lines) if f"def {function}(" in line)
    return next(n + 1 for n in range(start, len(lines)) if "# here" in lines[n])


@pytest.fixture
def services():
    return load(SERVICES)


def caught(function, *arguments):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        function(*arguments)
    return [w for w in found if issubclass(w.category, GaplessOutsideAtomicWarning)]


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
@pytest.mark.parametrize("name", CALLS)
class TestAutocommit:
    def test_warns_at_the_line_of_the_project(self, services, name):
        found = caught(getattr(services, name))
        assert {(w.filename, w.lineno) for w in found} == {
            ("/srv/shop/services.py", line_of(SERVICES, name))
        }
        assert "outside transaction.atomic()" in str(found[0].message)

    def test_nothing_is_written_where_it_is_an_error(self, services, name):
        with pytest.raises(GaplessOutsideAtomicWarning):
            getattr(services, name)()
        for using in ("default", "other"):
            assert not Invoice.objects.using(using).exists()
            assert not Letter.objects.using(using).exists()
            assert not Person.objects.using(using).exists()
            for sequence in ("invoices", "documents", "members", "x"):
                assert get_last_value(sequence, using=using) is None

    def test_is_silent_inside_atomic(self, services, name):
        if name == "wrong_database":
            pytest.skip("it has an atomic() of its own")
        with transaction.atomic(), transaction.atomic("other"):
            getattr(services, name)()
        with (
            transaction.atomic(savepoint=False),
            transaction.atomic("other"),
            transaction.atomic(durable=False),
        ):
            getattr(services, name)()

    def test_is_silent_without_autocommit(self, services, name):
        for using in ("default", "other"):
            transaction.set_autocommit(False, using)
        try:
            getattr(services, name)()
            with transaction.atomic():
                getattr(services, name)()
        finally:
            for using in ("default", "other"):
                transaction.rollback(using)
                transaction.set_autocommit(True, using)


@pytest.mark.django_db(databases=["default", "other"])
@pytest.mark.parametrize("name", CALLS)
def test_blocks_of_testcase_do_not_count(services, name):
    assert {w.lineno for w in caught(getattr(services, name))} == {line_of(SERVICES, name)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["acreate", "asave_in_a_task"])
def test_async_callers_are_found(services, name):
    async def run():
        await getattr(services, name)()
        await sync_to_async(connections.close_all)()

    (found,) = caught(asyncio.run, run())
    assert (found.filename, found.lineno) == ("/srv/shop/services.py", line_of(SERVICES, name))


@pytest.mark.django_db(transaction=True)
def test_once_per_line(services):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            services.create()
            services.save()
    assert len(found) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "shop.tests.test_services",
        "shop.tests",
        "tests.helpers",
        "test_shop",
        "shop.conftest",
        "shop.factories",
        "shop.factories.invoices",
        "shop.invoice_factory",
    ],
)
def test_calls_by_test_files_and_factories_are_passed_over(name):
    assert caught(load(SERVICES, name).create) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["shop.latest", "contest.views", "factory.services", "attest"])
def test_names_that_only_look_like_tests(name):
    assert len(caught(load(SERVICES, name).create)) == 1


LIBRARY = """
from django.db import connections
from tests.testapp.models import Invoice

def create():
    Invoice.objects.create()  # here
    connections.close_all()
"""


@pytest.mark.django_db(transaction=True)
def test_installed_packages_are_passed_over_unless_there_is_nothing_else():
    library = load(LIBRARY, "library.jobs", "/srv/lib/site-packages/library/jobs.py")
    project = load("def call(library):\n    library.create()\n", "shop.views", "/srv/views.py")
    (found,) = caught(project.call, library)
    assert (found.filename, found.lineno) == ("/srv/views.py", 2)

    def in_a_thread():
        thread = threading.Thread(target=library.create)
        thread.start()
        thread.join()

    (found,) = caught(in_a_thread)
    assert found.lineno == line_of(LIBRARY, "create")


OVERRIDES = """
from tests.testapp.models import Invoice
from django.db import models

class OwnInvoice(Invoice):
    objects = models.Manager.from_queryset(
        type("Own", (models.QuerySet,), {})
    )()

    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        return super().save(*args, **kwargs)

    def issue(self):
        self.save()  # here
"""


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:Model 'testapp.owninvoice' was already registered")
def test_an_overridden_save_is_not_the_caller():
    models = load(OVERRIDES, "shop.models", "/srv/shop/models.py")
    source = "def save(row):\n    row.save()  # here\n"
    assert [w.lineno for w in caught(load(source).save, models.OwnInvoice())] == [2]
    assert caught(load(source, "shop.tests.x").save, models.OwnInvoice()) == []
    (found,) = caught(models.OwnInvoice().issue)
    assert found.lineno == line_of(OVERRIDES, "issue")


@pytest.mark.django_db(transaction=True)
def test_explicit_numbers_and_updates_take_no_number(services):
    invoice = Invoice.objects.create()
    source = """
        def update(row):
            row.save()

        def insert(row):
            row.save(force_insert=True)
        """
    assert caught(load(source).update, invoice) == []
    invoice.delete()
    assert caught(load(source).insert, Invoice(number=1)) == []
    assert len(caught(load(source).insert, Parcel())) == 1


@pytest.mark.django_db(transaction=True)
def test_raw_saves_take_no_number():
    source = "def insert(row):\n    row.save_base(raw=True, force_insert=True)\n"
    for number in (50, None):
        assert caught(load(source).insert, Legacy(number=number)) == []
    assert {row.number for row in Legacy.objects.all()} == {50, None}
    assert get_last_value("legacy") is None


def test_importing_the_package_needs_no_settings():
    """``pytest -W error::gapless_fields.GaplessOutsideAtomicWarning`` imports it before those."""
    code = "import gapless_fields; print(gapless_fields.GaplessSequenceField(sequence='x'))"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env={}
    )
    assert result.stderr == ""
    assert result.stdout == "<gapless_fields.fields.GaplessSequenceField>\n"
