"""The admin deletes a numbered row with a reason, or not at all."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from gapless_fields.audit import audit
from gapless_fields.models import RegisterEntry
from tests.testapp import admin as testapp_admin
from tests.testapp.models import Company, Slip

pytestmark = pytest.mark.django_db(databases=["default", "other"])

CHANGELIST = "/admin/testapp/slip/"


@pytest.fixture
def slips():
    company = Company.objects.create()
    day = datetime.date(2026, 5, 17)
    with transaction.atomic():
        slips = [Slip.objects.create(company=company, issued_on=day, note=n) for n in "abc"]
        return [*slips, Slip.objects.create(company=company, note="draft")]


def selected(slips, **more):
    keys = [slip.pk for slip in slips]
    return {"action": "void_and_delete_selected", "_selected_action": keys, **more}


def test_the_list_offers_no_other_deletion(admin_client, slips):
    page = admin_client.get(CHANGELIST).content.decode()
    assert "Void and delete the selected slips" in page
    assert 'value="delete_selected"' not in page


def test_a_page_asks_for_the_reason(admin_client, slips):
    for reason in ({}, {"reason": "  "}):
        response = admin_client.post(CHANGELIST, selected(slips[1:3], **reason))
        page = response.content.decode()
        assert response.status_code == 200
        assert '<label for="id_reason">' in page
        assert page.count(f'value="{slips[1].pk}"') == 1
        assert "(2)</li>" in page
    assert Slip.objects.count() == 4


def test_rows_are_voided_and_deleted(admin_client, admin_user, slips):
    data = selected([slips[1], slips[3]], reason="issued <twice>")
    response = admin_client.post(CHANGELIST, data, follow=True)
    assert "voided and deleted: 2" in response.content.decode()
    (entry,) = RegisterEntry.objects.all()
    assert (entry.first, entry.reason, entry.by) == (2, "issued <twice>", str(admin_user))
    assert set(Slip.objects.values_list("note", flat=True)) == {"a", "c"}
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 2
    assert audit(Slip).is_complete


def test_what_is_refused_is_a_message(admin_client, slips, monkeypatch):
    def refuse(*args, **options):
        raise IntegrityError("the database says no")

    monkeypatch.setattr("gapless_fields.admin.void_and_delete", refuse)
    response = admin_client.post(CHANGELIST, selected(slips, reason="r"), follow=True)
    assert "database says no" in response.content.decode()
    assert Slip.objects.count() == 4
    assert not LogEntry.objects.exists()


def test_a_row_that_others_protect(admin_client, slips, monkeypatch):
    def refuse(*args, **options):
        raise ProtectedError("others refer to it", set())

    monkeypatch.setattr("gapless_fields.admin.void_and_delete", refuse)
    response = admin_client.post(CHANGELIST, selected(slips, reason="r"), follow=True)
    assert "thers refer to it" in response.content.decode()


def test_a_numbered_row_has_no_delete_button(admin_client, slips):
    numbered, draft = (f"{CHANGELIST}{slip.pk}/" for slip in (slips[0], slips[3]))
    assert "deletelink" not in admin_client.get(f"{numbered}change/").content.decode()
    assert "deletelink" in admin_client.get(f"{draft}change/").content.decode()
    assert admin_client.post(f"{numbered}delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(f"{draft}delete/", {"post": "yes"}).status_code == 302
    assert Slip.objects.count() == 3


def test_who_may_not_delete_may_not_void(client, django_user_model, slips):
    user = django_user_model.objects.create_user("viewer", password="x", is_staff=True)
    user.user_permissions.add(*_permissions("view_slip", "change_slip"))
    client.force_login(user)
    assert "void_and_delete_selected" not in client.get(CHANGELIST).content.decode()
    client.post(CHANGELIST, selected(slips, reason="r"))
    assert Slip.objects.count() == 4


def _permissions(*names):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=names)


def test_the_mixin_is_beside_plain_classes():
    assert testapp_admin.SlipAdmin.__mro__[1].__name__ == "NumberedAdminMixin"
