"""W201 to W206: one test for each id, both directions, with real files of a real project."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.checks import WARNING, run_checks
from django.core.management import call_command
from django.db import connections
from django.test.utils import override_settings

from gapless_fields.checks import project
from gapless_fields.checks.callsites import check_callsites
from tests.testapp import models as testapp

IMPORTS = """
from django.db import transaction
from gapless_fields import Sequence, get_next_value, get_next_values
from tests.testapp.models import *
"""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Writes a module of the project, and returns what ``check`` says about it."""
    monkeypatch.chdir(tmp_path)

    def check(source, **settings):
        tmp_path.joinpath("jobs.py").write_text(IMPORTS + textwrap.dedent(source))
        with override_settings(GAPLESS_FIELDS={"CHECK_PATHS": [tmp_path], **settings}):
            return [m for m in check_callsites() if str(m.obj).startswith("jobs.py")]

    return check


def lines_with(source, word):
    text = IMPORTS + textwrap.dedent(source)
    return [n for n, line in enumerate(text.splitlines(), 1) if word in line]


def assert_reported(messages, source, id_):
    expected = [f"jobs.py:{line}" for line in lines_with(source, "# here")]
    assert [(m.id, m.obj) for m in messages] == [(f"gapless_fields.{id_}", o) for o in expected]
    for message in messages:
        assert message.level == WARNING
        assert id_.lower() in message.hint


def test_w201_insert_outside_atomic(check):
    source = """
        Invoice.objects.create()  # here
        PaidInvoice(note="x").save()  # here
        Letter.objects.bulk_create([])  # here
        Member.objects.get_or_create(name="m")  # here
        Ticket.objects.using("other").create()  # here
        Customer.objects.get().invoices.create()  # here
        with transaction.atomic("other"):
            Invoice.objects.create()  # here
        """
    messages = check(source)
    assert_reported(messages, source, "W201")
    assert "Invoice.objects.create() numbers a row of testapp.Invoice (number)" in messages[0].msg
    assert "testapp.PaidInvoice" in messages[1].msg
    assert "testapp.Letter (number)" in messages[2].msg
    assert 'transaction.atomic(using="other")' in messages[4].hint
    assert '"other"' in messages[-1].msg


def test_hints_fit_the_place(check):
    source = """
        from celery import shared_task
        from datetime import date
        from django.core.management import BaseCommand
        from django.views.generic import CreateView, View
        from rest_framework.generics import CreateAPIView, UpdateAPIView

        @shared_task
        async def job():
            await Invoice.objects.acreate()  # here: coroutine
            [await Invoice.objects.acreate() for _ in "ab"]  # here: coroutine

        class Create(CreateView):  # here: form_valid
            model = Invoice
            fields = ["note"]

        class Saving(CreateView):
            model = Invoice

            def form_valid(self, form):
                form.save()  # here: form_valid

        class Coroutine(View):
            async def post(self, request):
                await Invoice.objects.acreate()  # here: coroutine

        class API(CreateAPIView):
            queryset = Invoice.objects.all()

            def perform_create(self, serializer):
                Invoice.objects.create()  # here: perform_create

        class Change(UpdateAPIView):
            queryset = Bill.objects.all()

            def perform_update(self, serializer):
                bill = self.get_object()
                bill.issued_on = date.today()
                bill.save()  # here: perform_update

        class Command(BaseCommand):
            def handle(self, **options):
                Ticket.objects.using("other").create()  # here: handle
                get_next_value("x")  # here: handle

        class Plain(View):
            def post(self, request):
                Invoice.objects.create()  # here: plain
        """
    hints = {
        "coroutine": (
            "atomic() cannot be used in a coroutine. Put the whole step into a function that is "
            'not async, with "@transaction.atomic", and call it by "await sync_to_async(step)()". '
        ),
        "form_valid": (
            'Decorate the view with "@method_decorator(transaction.atomic, name="dispatch")", or '
            'open the block in its form_valid(), "with transaction.atomic():", or set '
            "ATOMIC_REQUESTS for the database. "
        ),
        "perform_create": (
            'Decorate the view with "@method_decorator(transaction.atomic, name="dispatch")", or '
            'open the block in its perform_create(), "with transaction.atomic():", or set '
            "ATOMIC_REQUESTS for the database. "
        ),
        "perform_update": (
            'Decorate the view with "@method_decorator(transaction.atomic, name="dispatch")", or '
            'open the block in its perform_update(), "with transaction.atomic():", or set '
            "ATOMIC_REQUESTS for the database. "
        ),
        "handle": (
            'Put the whole step into one block, in handle(): "with transaction.atomic('
            'using="other"):". ',
            'Take it in the block that writes it, in handle(): "with transaction.atomic():". ',
        ),
        "plain": 'Put the whole step into one block, "with transaction.atomic():". ',
    }
    places = re.findall(r"# here: (\w+)", source)
    messages = check(source)
    assert [str(m.obj) for m in messages] == [
        f"jobs.py:{line}" for line in lines_with(source, "# here")
    ]
    for message, place in zip(messages, places, strict=True):
        assert message.hint.startswith(hints[place]), place
        assert "# gapless: ok: the reason" in message.hint


def test_w201_silent_twins(check):
    source = """
        Customer.objects.create()
        Person.objects.create()
        Invoice.objects.filter(note="x").update(note="y")
        Invoice(note="a preview")
        Invoice.objects.get().save()

        @transaction.atomic
        def issue():
            Invoice.objects.create()
            Letter().save()

        def helper():
            Invoice.objects.create()

        with transaction.atomic(), transaction.atomic("other"):
            Customer.objects.get().invoices.create()
            Ticket.objects.using("other").create()
        """
    assert check(source) == []


def test_w201_drafts_take_no_number(check):
    source = """
        company = Company.objects.get()
        Bill.objects.create(company=company, note="a draft")
        Paper.objects.create()
        Shipment.objects.create()
        Bill.objects.create(company=company, issued_on="2026-01-01")  # here
        Bill.objects.create(**{"company": company})  # here
        Paper.objects.create(signed=True)  # here
        Shipment.objects.get_or_create(pk=1)  # here
        Bill(company=company).save()
        Bill(company=company, issued_on="2026-01-01").save()  # here
        Slip.objects.using("other").create(issued_on=None)
        """
    assert_reported(check(source), source, "W201")


def test_w201_updates_that_issue_a_draft(check):
    source = """
        from django.utils import timezone

        bill = Bill.objects.get(pk=1)
        bill.note = "x"
        bill.save()
        bill.issued_on = timezone.localdate()
        bill.save(update_fields=["issued_on"])  # here
        bill.save()

        with transaction.atomic():
            bill = Bill.objects.get(pk=2)
            bill.issued_on = timezone.localdate()
            bill.save()

        paper = Paper.objects.get(pk=1)
        paper.signed = True
        paper.save()  # here
        paper.signed = False
        paper.save()
        """
    messages = check(source)
    assert_reported(messages, source, "W201")
    assert "bill.save() numbers a row of testapp.Bill (number)" in messages[0].msg
    assert messages[0].msg.endswith("without atomic(); the UPDATE issues a draft (issued_on).")


def test_w206_numbers_by_hand(check):
    source = """
        from django.db.models import Max

        with transaction.atomic():
            last = Invoice.objects.aggregate(Max("number"))["number__max"]
            invoice = Invoice(note=str((last or 0) + 1))  # here
            invoice.number = Invoice.objects.count() + 1  # here
            Invoice.objects.create(number=Invoice.objects.count() + 1)  # here
            next = Invoice.objects.latest("number").number + 1  # here
            next = Invoice.objects.latest("number").number + 1  # gapless: ok: only shown
        """
    messages = check(source)
    assert_reported(messages, source, "W206")
    assert messages[0].msg.startswith(
        "(last or 0) + 1 computes the next number of testapp.Invoice by hand: "
    )
    assert messages[0].msg.endswith(" The field number gives the number.")


def test_w206_silent_twins(check):
    source = """
        from django.db.models import Max

        print(Invoice.objects.aggregate(Max("number"))["number__max"])
        print(Invoice.objects.count() + 1)
        print(Invoice.objects.latest("number").number)
        print(Invoice.objects.aggregate(Max("id"))["id__max"] + 1)
        print(Customer.objects.latest("id").pk + 1)
        """
    assert check(source) == []


def test_w202_take_outside_atomic(check):
    source = """
        get_next_value("x")  # here
        get_next_values(3, "x")  # here
        cases = Sequence("cases")
        cases.get_next_value()  # here
        next(cases)  # here
        Sequence("x", using="other").get_next_value()  # here
        """
    messages = check(source)
    assert_reported(messages, source, "W202")
    assert 'using="other"' in messages[-1].hint


def test_w202_silent_twins(check):
    source = """
        from sequences import get_next_value as other
        cases = Sequence("cases")
        cases.get_last_value()
        other("x")
        next(iter([1]))
        with transaction.atomic():
            get_next_value("x")
            next(cases)
        """
    assert check(source) == []


def test_w203_conflicts(check):
    source = """
        with transaction.atomic():
            Invoice.objects.bulk_create([], ignore_conflicts=True)  # here
            rows = Invoice.objects
            rows.bulk_create([], update_conflicts=True, unique_fields=["reference"])  # here
        """
    messages = check(source)
    assert_reported(messages, source, "W203")
    assert "OnConflictNotSupported" in messages[0].msg


def test_w203_silent_twins(check):
    source = """
        with transaction.atomic():
            Invoice.objects.bulk_create([], ignore_conflicts=False)
            Customer.objects.bulk_create([], ignore_conflicts=True)
        """
    assert check(source) == []


def test_w204_numbers_written_over(check):
    source = """
        Invoice.objects.filter(pk=1).update(number=5)  # here
        with transaction.atomic():
            Invoice.objects.bulk_update([], ["note", "number"])  # here
            Invoice.objects.bulk_update([], fields=["number"])  # here
            Forward.objects.update(second=3)  # here
        Bill.objects.filter(number=None).update(number=1)  # here
        Invoice.objects.update(**{"number": 1})  # here
        """
    messages = check(source)
    assert_reported(messages, source, "W204")
    assert ".update() writes over number of testapp.Invoice: it is refused with" in messages[0].msg
    assert "writes over second of testapp.Forward: it is refused" in messages[3].msg
    assert all("NumberChanged" in message.msg for message in messages)


def test_w204_silent_twins(check):
    source = """
        Invoice.objects.filter(number=5).update(note="x")
        Invoice.objects.bulk_update([], ["note"])
        Customer.objects.update(number=1)
        Forward.objects.update(number=1)
        """
    assert check(source) == []


def test_w204_rows_moved_to_another_series(check):
    source = """
        company = Company.objects.get()
        Bill.objects.update(company=company)  # here
        Bill.objects.filter(company=company).update(note="x", company_id=3)  # here
        Bill.objects.filter(issued_on=None).exclude(number=None).update(company=1)  # here
        Bill.objects.bulk_update([], ["note", "issued_on"])  # here
        company.creditnote_set.update(company=3)  # here
        Booking.objects.update(day="2026-01-01")  # here
        Bill.objects.filter(number__gt=None).update(company=1)  # here
        """
    messages = check(source)
    assert_reported(messages, source, "W204")
    assert "over company of testapp.Bill, on which the series of number depends" in messages[0].msg
    assert "Update drafts alone: .filter(number=None). Cancel" in messages[0].hint
    assert "over company_id of testapp.Bill" in messages[1].msg
    assert "over issued_on of testapp.Bill" in messages[3].msg
    assert "of in_week, in_quarter, in_fiscal_year depends" in messages[5].msg
    assert messages[5].hint.startswith("Cancel a row")  # none of these can be a draft
    assert all("ScopeChanged" in message.msg for message in messages)


def test_w204_number_and_scope_at_once(check):
    messages = check("Bill.objects.update(number=1, company=2)")
    assert [message.id[-4:] for message in messages] == ["W204", "W204"]
    assert "NumberChanged" in messages[0].msg
    assert "ScopeChanged" in messages[1].msg


def test_w204_silent_twins_of_scopes(check):
    source = """
        Bill.objects.update(note="x")
        Bill.objects.filter(company=1).update(note="x")
        Bill.objects.filter(number=None, note="x").order_by("pk").update(company=2)
        Bill.objects.using("other").filter(number__isnull=True).bulk_update([], ["issued_on"])
        Invoice.objects.update(customer=None)
        Company.objects.update(name="x")
        Bill.objects.update(company=2)  # gapless: ok: all of them are drafts
        Bill.objects.update(note="x")  # gapless: ok
        """
    assert check(source) == []


def test_w205_accepted_without_a_reason(check):
    source = """
        Invoice.objects.create()  # here # gapless: ok
        get_next_value("x")  # here # gapless: ok:
        Invoice.objects.update(number=1)  # here #gapless: ok
        Bill.objects.update(company=1)  # here #gapless: ok
        """
    assert_reported(check(source), source, "W205")


def test_w205_silent_twins(check):
    source = """
        Invoice.objects.create()  # gapless: ok: one row is the whole step
        Invoice.objects.create(  # gapless: ok: so it is here
            note="x",
        )
        get_next_value("x")  # gapless: ok: numbers of boxes, which may be lost
        Invoice.objects.update(number=1)  # gapless: ok: a repair, by hand
        with transaction.atomic():
            Invoice.objects.create()  # gapless: ok
        """
    assert check(source) == []


def test_silenced_by_django(check, settings):
    settings.SILENCED_SYSTEM_CHECKS = ["gapless_fields.W201"]
    (message,) = check("Invoice.objects.create()")
    assert message.is_silenced()


def test_wrappers_of_the_settings(check):
    source = """
        from company.db import serializable
        with serializable():
            Invoice.objects.create()

        @serializable(retries=3)
        def job():
            Invoice.objects.create()
        job()
        """
    assert len(check(source)) > 0
    assert check(source, ATOMIC_WRAPPERS=["company.db.serializable"]) == []
    assert check(source, ATOMIC_WRAPPERS=["serializable"]) == []


def test_can_be_turned_off(check):
    assert check("Invoice.objects.create()", CHECK_CALLSITES=False) == []


def test_paths_are_relative_only_below_the_working_directory(tmp_path, monkeypatch):
    tmp_path.joinpath("jobs.py").write_text(IMPORTS + "Invoice.objects.create()")
    monkeypatch.chdir(Path(__file__).parent)
    with override_settings(GAPLESS_FIELDS={"CHECK_PATHS": [tmp_path / "jobs.py"]}):
        found = {message.obj for message in check_callsites()}
    assert f"{tmp_path.resolve()}/jobs.py:5" in found


def test_is_one_of_the_checks_that_django_runs(tmp_path):
    tmp_path.joinpath("jobs.py").write_text(IMPORTS + "Invoice.objects.create()")
    with override_settings(GAPLESS_FIELDS={"CHECK_PATHS": [tmp_path]}):
        assert "gapless_fields.W201" in {message.id for message in run_checks()}


def test_one_application_is_checked_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("shop", "crm"):
        tmp_path.joinpath(name).mkdir()
        tmp_path.joinpath(name, "jobs.py").write_text(IMPORTS + "Invoice.objects.create()")
    shop = Mock(path=str(tmp_path / "shop"))  # all that is asked of an AppConfig
    with override_settings(GAPLESS_FIELDS={"CHECK_PATHS": [tmp_path]}):
        found = [message.obj for message in check_callsites(app_configs=[shop])]
        everywhere = {message.obj for message in check_callsites()}
    assert found == ["shop/jobs.py:5"]
    assert {"shop/jobs.py:5", "crm/jobs.py:5"} <= everywhere


def test_nothing_is_read_without_a_numbered_model(settings):
    settings.INSTALLED_APPS = ["gapless_fields"]
    settings.GAPLESS_FIELDS = {"CHECK_PATHS": ["/does/not/exist"]}
    assert check_callsites() == []
    assert project.project_callsites().notes == []


def test_numbered_models():
    found = {target.path: target for target in project.numbered_models()}
    module = "tests.testapp.models."
    assert found[f"{module}Invoice"].fields == ("number",)
    assert found[f"{module}PaidInvoice"].label == "testapp.PaidInvoice"
    assert found[f"{module}Letter"].fields == ("number",)
    assert found[f"{module}Forward"].fields == ("first", "second")
    assert not {f"{module}{name}" for name in ("Customer", "Person", "Numbered")} & found.keys()


class WriteToOther:
    def db_for_write(self, model, **hints):
        return "other" if model is testapp.Bare else None


def test_the_router_says_where_rows_go(check, settings):
    settings.DATABASE_ROUTERS = [WriteToOther()]
    source = """
        with transaction.atomic("other"):
            Bare.objects.create()
            Invoice.objects.create()  # here
        with transaction.atomic():
            Invoice.objects.create()
            Bare.objects.create()  # here
        """
    assert_reported(check(source), source, "W201")


def test_atomic_requests_of_the_database(check, settings, monkeypatch):
    source = """
        from django.views.generic import View
        class Issue(View):
            def post(self, request):
                Invoice.objects.create()  # here
        """
    assert_reported(check(source), source, "W201")
    monkeypatch.setitem(connections["other"].settings_dict, "ATOMIC_REQUESTS", True)
    assert_reported(check(source), source, "W201")
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    assert check(source) == []


def test_first_party_paths(settings, tmp_path):
    settings.GAPLESS_FIELDS = {"CHECK_PATHS": [tmp_path]}
    paths = project.first_party_paths()
    tests = Path(__file__).parent
    assert tests / "testapp" in paths  # an application
    assert tests in paths  # the package of the settings and the URLconf
    assert tmp_path in paths
    assert tests / "auditapp" in paths
    assert tests / "textapp" in paths
    assert len(paths) == 5  # not Django's, Django REST framework's, or this package's


def test_settings_without_a_package(settings, tmp_path, monkeypatch):
    tmp_path.joinpath("lonely_urls.py").write_text("urlpatterns = []")
    tmp_path.joinpath("beside.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    settings.ROOT_URLCONF = "lonely_urls"
    assert tmp_path / "lonely_urls.py" in project.first_party_paths()
    assert tmp_path not in project.first_party_paths()
    settings.ROOT_URLCONF = "no_such_module"
    assert project.first_party_paths()


def test_listing_of_the_project(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = """
        with transaction.atomic():
            Invoice.objects.create()
        def helper():
            Invoice.objects.create()
        get_next_value("x")
        """
    tmp_path.joinpath("jobs.py").write_text(IMPORTS + textwrap.dedent(source))
    tmp_path.joinpath("broken.py").write_text("def f(:\n    Invoice.objects.create()")
    with override_settings(GAPLESS_FIELDS={"CHECK_PATHS": [tmp_path]}):
        call_command("gapless_callsites")
        text = capsys.readouterr().out
        call_command("gapless_callsites", format="json")
        output = capsys.readouterr()
    listed = [line for line in text.splitlines() if line.startswith("jobs.py")]
    assert [re.sub(r":(\d+): (\w+):.*", r" \2", line) for line in listed] == [
        "jobs.py inside",
        "jobs.py unknown",
        "jobs.py outside",
    ]
    assert "broken.py: skipped: cannot be parsed" in text
    assert "broken.py: skipped: cannot be parsed" in output.err
    rows = [row for row in json.loads(output.out) if row["path"] == "jobs.py"]
    assert [(row["line"], row["verdict"]) for row in rows] == [
        (7, "inside"),
        (9, "unknown"),
        (10, "outside"),
    ]
    assert rows[0]["model"] == "tests.testapp.models.Invoice"
    assert rows[2]["model"] is None
    assert rows[2]["call"] == "get_next_value()"


def test_a_user_model_that_is_not_there(check, settings):
    """Django's own check says so."""
    settings.AUTH_USER_MODEL = "nothing.User"
    source = "Invoice.objects.create()  # here\n"
    assert_reported(check(source), source, "W201")
