"""The counters in the admin: who sees what, what a page costs, and how a counter is moved."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from gapless_fields import FiscalYear, ScopePart, Sequence, get_last_value, get_next_value
from gapless_fields.audit import audit
from gapless_fields.counter_admin.registration import register_counters
from gapless_fields.counter_admin.rows import _lookup, query_of
from gapless_fields.models import Counter, RegisterEntry
from tests.auditapp.models import Left
from tests.raw import raw_update
from tests.testapp.models import Booking, Company, Filed, Invoice, Job, Slip

pytestmark = pytest.mark.django_db(databases=["default", "other"])

LIST = "/admin/gapless_fields/counter/"
DAY = datetime.date(2026, 5, 17)
EVIL = "<b>&</b>"
SHORTEN = {
    "sqlite": "PRAGMA busy_timeout = 50",
    "mysql": "SET innodb_lock_wait_timeout = 1",
    "postgresql": "SET lock_timeout = 50",
}


def page_of(counter, view="change"):
    return f"{LIST}{quote(counter.pk)}/{view}/"


@pytest.fixture
def user(client, django_user_model):
    """Logs a member of the staff in, with these permissions."""

    def log_in(*names):
        user = django_user_model.objects.create_user("ann", password="x", is_staff=True)
        user.user_permissions.add(*Permission.objects.filter(codename__in=names))
        client.force_login(user)
        return user

    return log_in


@pytest.fixture
def slips():
    """Five numbered rows of one series, of which the second is gone, and a draft."""
    company = Company.objects.create(name="ACME")
    with transaction.atomic():
        slips = [Slip.objects.create(company=company, issued_on=DAY, note=n) for n in "abcde"]
        Slip.objects.create(company=company, note="draft")
    Slip.objects.filter(pk=slips[1].pk).delete()
    return slips


@pytest.fixture
def counter(slips):
    return Counter.objects.get(name="slips")


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def posted(**values):
    return {"last": 9, "reason": "Two books were lost.", "confirmed": "yes"} | values


# Permissions


def test_who_may_not_view_sees_nothing(client, user, counter):
    user("move_counter", "view_slip")
    for url in (LIST, page_of(counter), page_of(counter, "move")):
        assert client.get(url).status_code == 403
    assert client.post(page_of(counter, "move"), posted()).status_code == 403
    assert client.get(page_of(Counter(key="nothing"), "move")).status_code == 403


def test_nobody_who_is_not_logged_in(client, counter):
    for url in (LIST, page_of(counter), page_of(counter, "move")):
        assert client.get(url).url.startswith("/admin/login/")


def test_who_may_view_may_not_move(client, user, counter):
    user("view_counter")
    assert "slips: company" in text(client.get(LIST))
    page = text(client.get(page_of(counter)))
    assert "/move/" not in page
    assert client.get(page_of(counter, "move")).status_code == 403
    assert client.post(page_of(counter, "move"), posted()).status_code == 403
    assert get_last_value("slips", scope=(Company.objects.get(), 2026)) == 5


def test_nobody_may_write_counters(admin_client, counter):
    page = text(admin_client.get(page_of(counter)))
    assert 'name="_save"' not in page
    assert "deletelink" not in page
    assert 'name="last"' not in page
    assert f"{LIST}add/" not in text(admin_client.get(LIST))
    assert "action-select" not in text(admin_client.get(LIST))
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(page_of(counter), {"last": 1}).status_code == 403
    assert admin_client.post(page_of(counter, "delete"), {"post": "yes"}).status_code == 403
    counter.refresh_from_db()
    assert counter.last == 5


# The list


def test_the_list_shows_every_series_in_words(admin_client, slips):
    get_next_value("cases", scope=(7, None))
    get_next_value("plain")
    Counter.objects.create(key="odd", name="odd", scope="{", last=3)
    page = text(admin_client.get(LIST))
    for words in (f"slips: company {slips[0].company}, year 2026", "cases: 7, (none)", "odd {"):
        assert words.replace("<", "&lt;") in page or words in page
    assert ">plain</a>" in page


def test_the_list_can_be_searched_and_filtered(admin_client, slips):
    assert "By sequence" not in text(admin_client.get(LIST))
    get_next_value("plain")
    assert "By sequence" in text(admin_client.get(LIST))
    for query in ({"q": "pla"}, {"name": "plain"}):
        page = text(admin_client.get(LIST, query))
        assert ">plain</a>" in page
        assert "slips: company" not in page
    assert "slips: company" in text(admin_client.get(LIST, {"q": "2026"}))
    assert "0 counters" in text(admin_client.get(LIST, {"q": "no such thing"}))


def test_as_many_queries_for_one_series_as_for_fifty(admin_client):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            page = text(admin_client.get(LIST))
        assert "slips: company" in page
        return [query["sql"] for query in captured]

    counts = []
    for many in (1, 49):
        with transaction.atomic():
            for company in [Company.objects.create() for _ in range(many)]:
                Slip.objects.create(company=company, issued_on=DAY)
        counts.append(len(queries()))
        assert not [sql for sql in queries() if "testapp_slip" in sql]  # no audit
    assert Counter.objects.count() == 50
    assert counts[0] == counts[1]


# The page of a counter


def test_a_page_counts_nothing_unless_it_is_asked(admin_client, counter):
    with CaptureQueriesContext(connection) as captured:
        page = text(admin_client.get(page_of(counter)))
    assert not [query for query in captured if "testapp_slip" in query["sql"]]
    assert 'href="?examine=1"' in page
    assert "<svg class" not in page
    with CaptureQueriesContext(connection) as captured:
        page = text(admin_client.get(page_of(counter), {"examine": 1}))
    assert [query for query in captured if "testapp_slip" in query["sql"]]
    assert "Missing: 1 (2)." in page
    assert "1 fault in 1 of 1 series" in page
    assert '<svg class="strip" role="img"' in page


def test_only_that_series_is_examined(admin_client, slips, counter):
    other = Company.objects.create()
    with transaction.atomic():
        many = [Slip.objects.create(company=other, issued_on=DAY) for _ in range(3)]
        Slip.objects.create(company=slips[0].company, issued_on=DAY.replace(year=2025))
    many[0].delete()
    context = admin_client.get(page_of(counter), {"examine": 1}).context
    (series,) = context["examined"]["series"]
    assert (series["rows"], series["last"], series["missing"]) == ("4", 5, "1")
    # The same as the audit of all.
    (whole,) = [one for one in audit(Slip) if one.scope == (str(slips[0].company.pk), "2026")]
    assert (whole.rows, whole.last, whole.missing[0].first) == (4, 5, 2)


def test_double_numbers_and_a_complete_series(admin_client, slips, counter):
    raw_update(Slip.objects.filter(pk=slips[2].pk), number=1)
    page = text(admin_client.get(page_of(counter), {"examine": 1}))
    assert "Double: 1 (1)." in page
    raw_update(Slip.objects.filter(pk=slips[2].pk), number=3)
    company = slips[0].company
    Sequence("slips", scope=(company, 2026)).void(2, reason="torn", by="Bob")
    page = text(admin_client.get(page_of(counter), {"examine": 1}))
    assert "Complete: no number is missing" in page
    assert "torn" in page
    assert "Bob" in page


def test_a_series_without_rows(admin_client):
    with transaction.atomic():
        Invoice.objects.create()
    Invoice.objects.all().delete()
    page = text(admin_client.get(page_of(Counter.objects.get()), {"examine": 1}))
    assert "Missing: 1 (1)." in page


def test_a_database_that_cannot_convert_datetimes(admin_client, counter, monkeypatch):
    from gapless_fields.counters.dialects import dialect_for

    monkeypatch.setattr(type(dialect_for(connection)), "lacks_time_zone", lambda _: True)
    monkeypatch.setattr(Slip._meta.get_field("number"), "depends_on_time_zone", True)
    page = text(admin_client.get(page_of(counter), {"examine": 1}))
    assert "cannot convert datetimes" in page


def test_links_to_the_rows_of_the_series(client, user, slips, counter):
    ann = user("view_counter", "view_slip")
    other = Company.objects.create()
    with transaction.atomic():
        Slip.objects.create(company=other, issued_on=DAY)
        Slip.objects.create(company=slips[0].company, issued_on=DAY.replace(year=2025))
    slip, stub = client.get(page_of(counter)).context["tables"]
    assert (stub.field, stub.url) == ("testapp.Stub.number", "")  # not in the admin
    assert slip.is_filtered
    rows = client.get(slip.url).context["cl"].queryset
    assert sorted(row.note for row in rows) == ["a", "c", "d", "e"]
    ann.user_permissions.remove(Permission.objects.get(codename="view_slip"))
    assert [table.url for table in client.get(page_of(counter)).context["tables"]] == ["", ""]


@pytest.mark.parametrize("name", ["in_week", "in_month", "in_quarter", "on_date", "in_fiscal_year"])
def test_the_query_of_every_kind_of_scope(name):
    field = Booking._meta.get_field(name)
    company = Company.objects.create()
    moments = [
        datetime.datetime(2026, month, day, 11, 30, tzinfo=datetime.UTC)
        for month, day in ((1, 1), (5, 17), (6, 30), (7, 1), (12, 31))
    ]
    with transaction.atomic():
        rows = [
            Booking.objects.create(company=company, day=moment.date(), moment=moment)
            for moment in moments
        ]
    for row in rows:
        query, is_filtered = query_of(field, field.series_for(row).scope)
        assert is_filtered
        same = [one for one in rows if field.series_for(one) == field.series_for(row)]
        assert list(Booking.objects.filter(**query).order_by("pk")) == same


def test_scopes_that_no_query_can_express():
    own = Filed._meta.get_field("number")
    assert query_of(own, [None] * len(own.scope))[0]["text__isnull"] == "True"
    part = FiscalYear("day", start_month="company").of(Booking)
    assert _lookup(part, "2026") is None
    assert _lookup(FiscalYear("day", start_month=7).of(Booking), "9999") is None
    assert _lookup(FiscalYear("moment", start_month=7).of(Booking), "2026") is None
    assert _lookup(ScopePart(), "1") is None


def test_a_sequence_that_no_model_uses(admin_client):
    get_next_value("cases")
    page = text(admin_client.get(page_of(Counter.objects.get()), {"examine": 1}))
    assert "No model uses this sequence" in page
    assert "<svg class" not in page


def test_a_page_lists_the_newest_voids(admin_client, counter, monkeypatch):
    monkeypatch.setattr("gapless_fields.counter_admin.examining.MOST_VOIDS", 2)
    Sequence("cases").advance_to(5)
    for number in (1, 2, 3):
        Sequence("cases").void(number, reason=f"reason {number}")
    page = text(admin_client.get(page_of(Counter.objects.get(name="cases"))))
    assert "reason 3" in page
    assert "reason 2" in page
    assert "reason 1" not in page
    assert "Only the newest entries" in page


def test_the_latest_date_is_shown_where_there_is_one(admin_client):
    get_next_value("cases")
    counter = Counter.objects.get()
    assert "Latest date" not in text(admin_client.get(page_of(counter)))
    Counter.objects.update(last_date="2026-05-17")
    assert "2026-05-17" in text(admin_client.get(page_of(counter)))


def test_texts_of_a_scope_are_escaped(admin_client):
    with transaction.atomic():
        Left.objects.create(text=EVIL, team=1)
    get_next_value("cases", scope=(EVIL,))
    Sequence("cases", scope=(EVIL,)).void(1, reason=EVIL, by=EVIL)
    pages = [text(admin_client.get(LIST))]
    for counter in Counter.objects.all():
        pages.append(text(admin_client.get(page_of(counter), {"examine": 1})))
        url = page_of(counter, "move")
        pages.append(text(admin_client.get(url)))
        pages.append(text(admin_client.post(url, {"last": 9, "reason": EVIL})))
    for page in pages:
        assert EVIL not in page
        assert "&lt;b&gt;&amp;&lt;/b&gt;" in page


@pytest.mark.parametrize("language", ["de", "fr"])
def test_the_pages_are_translated(admin_client, counter, settings, language):
    settings.LANGUAGE_CODE = language
    with translation.override(language):
        page = text(admin_client.get(page_of(counter)))
    assert "Move forward" not in page
    assert "No number is void" not in page


# Moving


def test_a_move_asks_before_it_is_done(admin_client, counter):
    url = page_of(counter, "move")
    page = text(admin_client.get(url))
    assert '<label for="id_reason"' in page
    data = posted()
    del data["confirmed"]
    page = text(admin_client.post(url, data))
    assert "Void: 6–9. How many numbers: 4. The next number: 10." in page
    assert 'name="confirmed"' in page
    assert text(admin_client.get(url, posted()))  # a GET changes nothing
    counter.refresh_from_db()
    assert counter.last == 5
    assert not RegisterEntry.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_counter_is_moved_forward(client, user, slips, counter):
    ann = user("view_counter", "move_counter")
    assert page_of(counter, "move") in text(client.get(page_of(counter)))
    response = client.post(page_of(counter, "move"), posted(), follow=True)
    assert "Void: 6–9." in text(response)
    assert response.redirect_chain == [(page_of(counter), 302)]
    (entry,) = RegisterEntry.objects.all()
    assert (entry.first, entry.last, entry.by) == (6, 9, "ann")
    assert entry.reason == "Two books were lost."
    (log,) = LogEntry.objects.all()
    assert (log.user, log.action_flag, log.object_id) == (ann, CHANGE, counter.pk)
    assert "Moved forward to 9. Void: 6–9. Reason: Two books were lost." in str(log)
    with transaction.atomic():
        slip = Slip.objects.create(company=slips[0].company, issued_on=DAY)
    assert slip.number == 10
    (report,) = audit(Slip)
    assert [str(numbers) for numbers in report.missing] == ["2"]  # not 6 to 9
    assert "Two books were lost." in text(client.get(page_of(counter)))
    assert "Moved forward to 9" in text(client.get(page_of(counter, "history")))


@pytest.mark.parametrize("last", [5, 4, 0])
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_a_counter_is_not_moved_back(admin_client, counter, last, confirmed):
    data = {"last": last, "reason": "r"} | confirmed
    page = text(admin_client.post(page_of(counter, "move"), data))
    assert "The last number is 5, and a counter is only moved forward: enter 6 or a" in page
    counter.refresh_from_db()
    assert counter.last == 5
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("wrong", [{"last": ""}, {"last": 2**63}, {"last": "x"}, {"reason": "  "}])
def test_a_form_that_is_not_filled_in(admin_client, counter, wrong):
    page = text(admin_client.post(page_of(counter, "move"), posted(**wrong)))
    assert "errorlist" in page
    assert not RegisterEntry.objects.exists()


@pytest.fixture
def invoices(actors, transactional_db):
    """The counter of an invoice, and another transaction that has taken the next number."""
    one, two = actors
    Invoice.objects.create()
    one.begin()
    one.do(lambda: Invoice.objects.create())
    return one, two, Counter.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_move_waits_for_who_has_taken_a_number(admin_client, invoices):
    """What is void follows from the counter when it is locked, not from what the page has read."""
    one, two, counter = invoices
    url = page_of(counter, "move")
    move = two.waits(admin_client.post, url, posted())
    one.commit()
    assert move.result(30).status_code == 302
    (entry,) = RegisterEntry.objects.all()
    assert (entry.first, entry.last) == (3, 9)


@pytest.mark.django_db(transaction=True)
def test_a_move_to_a_number_that_is_taken_meanwhile(admin_client, invoices):
    one, two, counter = invoices
    move = two.waits(admin_client.post, page_of(counter, "move"), posted(last=2))
    one.commit()
    assert "The last number is 2, and a counter is only" in text(move.result(30))
    assert not RegisterEntry.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_counter_that_is_deleted_meanwhile(admin_client, actors):
    one, two = actors
    Sequence("cases").advance_to(5)
    counter = Counter.objects.get()
    one.begin()
    one.do(lambda: Sequence("cases").delete())
    move = two.waits(admin_client.post, page_of(counter, "move"), posted())
    one.commit()
    assert "The counter was deleted in the meantime." in text(move.result(30))
    assert not Counter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_counter_that_stays_locked(admin_client, invoices):
    one, two, counter = invoices
    two.execute(SHORTEN[connection.vendor])
    page = text(two.do(admin_client.post, page_of(counter, "move"), posted()))
    assert "is locked by another transaction" in page
    one.commit()
    assert get_last_value("invoices") == 2
    assert not RegisterEntry.objects.exists()
    assert not LogEntry.objects.exists()


def test_rows_that_are_ahead_of_the_counter(admin_client, slips, counter):
    raw_update(Slip.objects.filter(pk=slips[4].pk), number=7)
    page = text(admin_client.post(page_of(counter, "move"), posted()))
    assert "testapp.Slip.number has numbers up to 7, which the counter has not given" in page
    counter.refresh_from_db()
    assert counter.last == 5


def test_numbers_that_are_void_already(admin_client, counter):
    """A counter that was set back, with the register as it was."""
    Counter.objects.update(last=8)
    Sequence("slips", scope=(Company.objects.get(), 2026)).void(8, reason="r")
    Counter.objects.update(last=5)
    page = text(admin_client.post(page_of(counter, "move"), posted()))
    assert "cannot be voided: the register has it" in page
    counter.refresh_from_db()
    assert counter.last == 5
    assert not LogEntry.objects.exists()


def test_numbers_below_the_start_are_not_voided(admin_client):
    """The field's initial_value was raised after numbers had been given."""
    with transaction.atomic():
        Left.objects.create(text="x", team=1)
    Counter.objects.update(last=0)
    Left.objects.all().delete()
    counter = Counter.objects.get()
    page = text(admin_client.post(page_of(counter, "move"), posted(last=2)))
    assert "enter 3 or a higher number" in page
    admin_client.post(page_of(counter, "move"), posted(last=4))
    (entry,) = RegisterEntry.objects.all()
    assert (entry.first, entry.last) == (3, 4)


def test_up_to_the_greatest_number(admin_client, counter):
    admin_client.post(page_of(counter, "move"), posted(last=2**63 - 1))
    counter.refresh_from_db()
    assert counter.last == 2**63 - 1


def test_a_sequence_that_starts_again(admin_client):
    with transaction.atomic():
        Job.objects.create()
    counter = Counter.objects.get()
    assert "This sequence starts again" in text(admin_client.get(page_of(counter)))
    for method in (admin_client.get, admin_client.post):
        page = text(method(page_of(counter, "move"), posted()))
        assert "This sequence starts again" in page
        assert 'name="last"' not in page
    counter.refresh_from_db()
    assert counter.last == 1


def test_counters_that_cannot_be_moved(admin_client):
    odd = Counter.objects.create(key="odd", name="", scope="5", last=3)
    page = text(admin_client.post(page_of(odd, "move"), posted()))
    assert "was not written by this package" in page
    assert admin_client.get(page_of(Counter(key="nothing"), "move")).status_code == 404


def test_a_move_needs_the_token_of_the_form(admin_user, counter):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(page_of(counter, "move"), posted()).status_code == 403
    assert 'name="csrfmiddlewaretoken"' in text(client.get(page_of(counter, "move")))


# Registration


def test_the_setting_turns_it_off(settings, monkeypatch):
    site = admin.AdminSite()
    monkeypatch.setattr(admin, "site", site)
    settings.GAPLESS_FIELDS = {"ADMIN": False}
    register_counters()
    assert not site.is_registered(Counter)
    settings.GAPLESS_FIELDS = {"ADMIN": "no"}  # E101 reports it
    register_counters()
    assert site.is_registered(Counter)


def test_a_project_s_own_admin_stays(monkeypatch):
    site = admin.AdminSite()
    monkeypatch.setattr(admin, "site", site)
    site.register(Counter)
    register_counters()
    assert type(site.get_model_admin(Counter)) is admin.ModelAdmin


WITHOUT_ADMIN = """
import sys
import django
from django.conf import settings

settings.configure(INSTALLED_APPS=["gapless_fields"])
django.setup()
from django.core.checks import run_checks
import gapless_fields
assert not run_checks()
assert not [name for name in sys.modules if name.startswith("django.contrib")]
from gapless_fields import assign_numbers_to_selected
assert "gapless_fields.counter_admin.admins" not in sys.modules
assert "django.contrib.admin.models" not in sys.modules
"""


def test_the_admin_is_not_needed():
    subprocess.run([sys.executable, "-c", WITHOUT_ADMIN], check=True, env={**os.environ})
