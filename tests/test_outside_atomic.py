"""GaplessOutsideAtomicWarning: at the project's line, before anything is written."""

from __future__ import annotations

import ast
import asyncio
import functools
import re
import subprocess
import sys
import textwrap
import threading
import types
import warnings
from pathlib import Path
from unittest import mock

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.management import call_command
from django.db import connections, transaction
from django.db.models import signals
from django.test import AsyncClient, Client, RequestFactory, TestCase
from django.test.utils import isolate_apps

import gapless_fields
from gapless_fields import (
    GaplessOutsideAtomicWarning,
    accept_numbers,
    exceptions,
    get_last_value,
)
from gapless_fields.writing import outside_atomic
from tests.testapp.models import Customer, Invoice, Legacy, Letter, Parcel, Person

SERVICES = """
import asyncio, itertools
from django.db import transaction
from gapless_fields import Sequence, get_next_value, get_next_values
from tests.testapp.models import Customer, Invoice, Letter, Member

keys = itertools.count(-1, -1)  # which no database gives

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


WORKER = """
def run(function, *arguments):
    return function(*arguments)

async def await_(function):
    await function()
"""

# An installed package that runs what production runs: the line has no test as its caller.
worker = load(WORKER, "worker.jobs", "/srv/lib/site-packages/worker/jobs.py")


def caught_directly(function, *arguments):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        function(*arguments)
    return [w for w in found if issubclass(w.category, GaplessOutsideAtomicWarning)]


def caught(function, *arguments):
    return caught_directly(worker.run, function, *arguments)


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
            worker.run(getattr(services, name))
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
            worker.run(getattr(services, name))
        with (
            transaction.atomic(savepoint=False),
            transaction.atomic("other"),
            transaction.atomic(durable=False),
        ):
            worker.run(getattr(services, name))

    def test_is_silent_without_autocommit(self, services, name):
        for using in ("default", "other"):
            transaction.set_autocommit(False, using)
        try:
            worker.run(getattr(services, name))
            with transaction.atomic():
                worker.run(getattr(services, name))
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
        await worker.await_(getattr(services, name))
        await sync_to_async(connections.close_all)()

    (found,) = caught(asyncio.run, run())
    assert (found.filename, found.lineno) == ("/srv/shop/services.py", line_of(SERVICES, name))


@pytest.mark.django_db(transaction=True)
def test_async_callers_that_still_run_are_found(services):
    """The thread that saves may be ahead of the coroutine that has started it."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):
            test_async_callers_are_found(services, "acreate")
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.django_db(transaction=True)
def test_once_per_line(services):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            worker.run(services.create)
            worker.run(services.save)
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


@pytest.mark.django_db(databases=["default", "other"])
@pytest.mark.parametrize("name", CALLS)
def test_what_a_test_calls_itself_is_passed_over(services, name):
    """The project's other callers may open the block that the test leaves out."""
    assert caught_directly(getattr(services, name)) == []


@pytest.mark.django_db(transaction=True)
def test_what_a_test_awaits_itself_is_passed_over(services):
    async def run():
        await services.acreate()
        await sync_to_async(services.create)()
        await sync_to_async(connections.close_all)()

    assert caught_directly(asyncio.run, run()) == []
    assert caught_directly(async_to_sync(services.acreate)) == []


@pytest.mark.django_db
def test_what_a_test_calls_through_what_only_hands_on(services):
    source = """
        import contextlib

        @contextlib.contextmanager
        def block(create):
            yield create()
        """
    create = functools.singledispatch(lambda _row: services.create())
    assert caught_directly(create, None) == []
    assert caught_directly(mock.Mock(wraps=services.create)) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with load(source).block(Invoice.objects.create):
            pass


CHAIN = """
def create(services):
    return services.create()

def create_on_commit(services, on_commit):
    on_commit(services.create)
"""


@pytest.mark.django_db(transaction=True)
def test_what_a_test_does_not_call_itself_is_found(services):
    chain = load(CHAIN, "shop.chain", "/srv/shop/chain.py")
    line = line_of(SERVICES, "create")
    assert [w.lineno for w in caught_directly(chain.create, services)] == [line]
    on_commit = [chain.create_on_commit, services, transaction.on_commit]
    assert [w.lineno for w in caught_directly(*on_commit)] == [line]  # at once

    def commit():
        with transaction.atomic():
            transaction.on_commit(services.create)

    assert [w.lineno for w in caught_directly(commit)] == [line]


@pytest.mark.django_db
def test_on_commit_in_a_testcase(services):
    def commit():
        with TestCase.captureOnCommitCallbacks(execute=True):
            transaction.on_commit(services.create)

    assert [w.lineno for w in caught_directly(commit)] == [line_of(SERVICES, "create")]


RECEIVER = """
from tests.testapp.models import Customer, Invoice
from django.db import models

class OwnCustomer(Customer):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        return super().save(*args, **kwargs)

def create_invoice(sender, instance, **kwargs):
    Invoice.objects.create(customer=instance)  # here

def register(model):
    return model.objects.create(name="a")
"""


@pytest.fixture
def shop():
    with isolate_apps("tests.testapp"):
        shop = load(RECEIVER, "shop.signals", "/srv/shop/signals.py")
    signals.post_save.connect(shop.create_invoice, Customer)
    signals.post_save.connect(shop.create_invoice, shop.OwnCustomer)
    yield shop
    signals.post_save.disconnect(shop.create_invoice, Customer)
    signals.post_save.disconnect(shop.create_invoice, shop.OwnCustomer)


@pytest.mark.django_db
def test_receivers(shop):
    create = shop.OwnCustomer.objects.create
    assert caught_directly(Customer.objects.create) == []
    assert caught_directly(shop.OwnCustomer(name="a").save) == []  # its own save() only hands on
    assert caught_directly(lambda: create(name="b")) == []
    for model in (Customer, shop.OwnCustomer):
        for found in (caught_directly(shop.register, model), caught(shop.register, model)):
            assert [w.lineno for w in found] == [line_of(RECEIVER, "create_invoice")]


ENTRIES = """
from django.core.management import BaseCommand
from django.http import HttpResponse
from django.urls import path
from tests.testapp.models import Invoice

def view(request):
    Invoice.objects.create()  # here
    return HttpResponse()

async def aview(request):
    await Invoice.objects.acreate()  # here
    return HttpResponse()

class Command(BaseCommand):
    requires_system_checks = []

    def handle(self, **options):
        Invoice.objects.create()  # here

urlpatterns = [path("view", view), path("aview", aview)]
"""


@pytest.mark.django_db
def test_requests_and_commands_are_found(settings):
    entries = load(ENTRIES, "shop.entries", "/srv/shop/entries.py")
    settings.ROOT_URLCONF = entries
    settings.MIDDLEWARE = []
    for function, call, *arguments in (
        ("view", Client().get, "/view"),
        ("aview", Client().get, "/aview"),
        ("aview", async_to_sync(AsyncClient().get), "/aview"),
        ("handle", call_command, entries.Command()),
    ):
        (found,) = caught_directly(call, *arguments)
        assert (found.filename, found.lineno) == (
            "/srv/shop/entries.py",
            line_of(ENTRIES, function),
        )
    assert caught_directly(entries.view, RequestFactory().get("/view")) == []


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
def test_an_overridden_save_is_not_the_caller():
    with isolate_apps("tests.testapp"):
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
    with accept_numbers():
        assert caught(load(source).insert, Invoice(number=1)) == []
    assert len(caught(load(source).insert, Parcel())) == 1


@pytest.mark.django_db(transaction=True)
def test_raw_saves():
    """One that brings its number along takes none."""
    source = "def insert(row):\n    row.save_base(raw=True, force_insert=True)\n"
    (warning,) = caught(load(source).insert, Legacy())
    assert (warning.filename, warning.lineno) == ("/srv/shop/services.py", 2)
    assert caught(load(source).insert, Legacy(number=50)) == []
    assert {row.number for row in Legacy.objects.all()} == {1, 50}


def test_importing_the_package_needs_no_settings():
    """``pytest -W error::gapless_fields.GaplessOutsideAtomicWarning`` imports it before those."""
    code = "import gapless_fields; print(gapless_fields.GaplessSequenceField(sequence='x'))"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env={}
    )
    assert result.stderr == ""
    assert result.stdout == "<gapless_fields.fields.GaplessSequenceField>\n"


def test_the_reference_lists_what_the_package_exports():
    reference = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
    directives = re.findall(
        r"auto(?:class|function|data):: gapless_fields\.(\w+)$", reference, re.M
    )
    assert sorted([*directives, *exceptions.__all__]) == gapless_fields.__all__
    for name in gapless_fields.__all__:
        assert getattr(getattr(gapless_fields, name), "__name__", name) == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        gapless_fields.nothing  # noqa: B018


def test_names_have_one_home():
    """What type checkers read, and what is imported when it is requested."""
    tree = ast.parse(Path(gapless_fields.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.name: node.module.removeprefix("gapless_fields.")
        for node in block.body
        for alias in node.names
    }
    homes = {name: home for home, names in gapless_fields._HOMES.items() for name in names}
    assert homes == told
    assert sorted(homes) == gapless_fields.__all__


def test_the_check_needs_no_django():
    code = """
        import sys
        sys.modules["django"] = None
        import gapless_fields.callsites.__main__
        """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("order", ["last", "first", "alone"])
def test_the_names_can_be_imported_wherever_the_application_is(order):
    code = f"""
        import django
        from django.conf import settings

        others = [f"django.contrib.{{n}}" for n in ("contenttypes", "auth", "messages", "admin")]
        orders = {{
            "last": [*others, "gapless_fields"],
            "first": ["gapless_fields", *others],
            "alone": ["gapless_fields"],
        }}
        settings.configure(INSTALLED_APPS=orders[{order!r}])
        from gapless_fields import *
        django.setup()
        print(AssignNumbers.__module__, assign_numbers_to_selected.__module__)
        """
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert result.stderr == ""
    assert result.stdout == "gapless_fields.operations gapless_fields.admin\n"


@pytest.mark.django_db(transaction=True)
def test_a_line_that_was_warned_of_is_not_looked_for_again(services, monkeypatch):
    looked_for = mock.Mock(side_effect=outside_atomic.project_frame)
    monkeypatch.setattr(outside_atomic, "project_frame", looked_for)

    def warned(action, times=2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter(action)
            for _ in range(times):
                worker.run(services.create)
        return len(caught), looked_for.call_count

    assert warned("default") == (1, 1)
    assert warned("always") == (2, 3)  # other filters
    assert warned("ignore") == (0, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(GaplessOutsideAtomicWarning):
                worker.run(services.create)
    assert looked_for.call_count == 5
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.filterwarnings("ignore", category=GaplessOutsideAtomicWarning, module="other")
        worker.run(services.save)  # another line
    assert (len(caught), looked_for.call_count) == (1, 6)
