"""The admin deletes a numbered row with a reason, or not at all."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.db import transaction

from gapless_fields.admin import NumberedAdminMixin
from gapless_fields.audit import audit
from gapless_fields.models import RegisterEntry
from tests.auditapp.models import Safe, Vault
from tests.testapp import admin as testapp_admin
from tests.testapp.models import Company, Customer, Invoice, Job, Slip

pytestmark = pytest.mark.django_db(databases=["default", "other"])

CHANGELIST = "/admin/testapp/slip/"
DAY = datetime.date(2026, 5, 17)


@pytest.fixture
def slips():
    company = Company.objects.create()
    with transaction.atomic():
        slips = [Slip.objects.create(company=company, issued_on=DAY, note=n) for n in "abc"]
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


def test_what_is_refused_is_a_message(admin_client, slips):
    slips[0]._meta.get_field("number").sequence_for(slips[0]).delete()
    response = admin_client.post(CHANGELIST, selected(slips, reason="r"), follow=True)
    assert "has given no number yet" in response.content.decode()
    assert Slip.objects.count() == 4
    assert not LogEntry.objects.exists()


def test_rows_that_others_protect(admin_client):
    customer = Customer.objects.create()
    with transaction.atomic():
        Invoice.objects.create(customer=customer)
    data = selected([customer], reason="r")
    page = admin_client.post("/admin/testapp/customer/", data).content.decode()
    assert "would require deleting the following protected related objects" in page
    assert 'name="reason"' not in page
    assert Customer.objects.count() == 1


def test_a_row_that_is_protected_in_the_end(admin_client, monkeypatch):
    """Another transaction has saved an invoice of the customer after the page was made."""
    customer = Customer.objects.create()
    with transaction.atomic():
        Invoice.objects.create(customer=customer)
    monkeypatch.setattr(
        testapp_admin.DeletedWithReason, "get_deleted_objects", lambda *_given: ([], {}, set(), [])
    )
    data = selected([customer], reason="r")
    page = admin_client.post("/admin/testapp/customer/", data, follow=True).content.decode()
    assert "protected foreign keys" in page
    assert not LogEntry.objects.exists()


def test_rows_that_are_deleted_with_others(admin_client, admin_user):
    with transaction.atomic():
        safe = Safe.objects.create()
        Vault.objects.create(team=safe, day=DAY)
    data = selected([safe])
    page = admin_client.post("/admin/auditapp/safe/", data).content.decode()
    assert f'href="/admin/auditapp/vault/{Vault.objects.get().pk}/change/"' in page
    admin_client.post("/admin/auditapp/safe/", {**data, "reason": "r"})
    assert set(RegisterEntry.objects.values_list("name", flat=True)) == {"safes", "Vaults, old"}
    assert not Vault.objects.exists()


def test_who_may_not_delete_what_is_deleted_with_others(client, django_user_model):
    with transaction.atomic():
        safe = Safe.objects.create()
        Vault.objects.create(team=safe, day=DAY)
    user = django_user_model.objects.create_user("half", password="x", is_staff=True)
    user.user_permissions.add(*_permissions("view_safe", "delete_safe"))
    client.force_login(user)
    page = client.post("/admin/auditapp/safe/", selected([safe])).content.decode()
    assert "doesn&#x27;t have permission" in page or "doesn't have permission" in page
    assert 'name="reason"' not in page
    data = selected([safe], reason="r")
    assert client.post("/admin/auditapp/safe/", data).status_code == 403
    assert Safe.objects.count() == Vault.objects.count() == 1


def test_a_row_that_the_user_may_not_delete(admin_client, slips, monkeypatch):
    """A project's own rule for a row is asked, beside the mixin's."""

    def has_delete_permission(self, request, obj=None):
        allowed = NumberedAdminMixin.has_delete_permission(self, request, obj)
        return allowed and (obj is None or obj.note != "b")

    monkeypatch.setattr(testapp_admin.SlipAdmin, "has_delete_permission", has_delete_permission)
    data = selected(slips[:2], reason="r")
    assert admin_client.post(CHANGELIST, data).status_code == 403
    assert Slip.objects.count() == 4
    admin_client.post(CHANGELIST, selected([slips[0], slips[2]], reason="r"))
    assert Slip.objects.count() == 2


def test_a_series_that_starts_again(admin_client):
    """A number of many rows is not void because one of them is deleted."""
    with transaction.atomic():
        job = Job.objects.create()
    assert "deletelink" in admin_client.get(f"/admin/testapp/job/{job.pk}/change/").content.decode()
    admin_client.post("/admin/testapp/job/", selected([job], reason="r"))
    assert not Job.objects.exists()
    assert not RegisterEntry.objects.exists()


def test_a_user_with_a_long_name(client, django_user_model, slips, monkeypatch):
    monkeypatch.setattr(django_user_model, "__str__", lambda _user: "n" * 300)
    client.force_login(django_user_model.objects.create_superuser("root", password="x"))
    client.post(CHANGELIST, selected(slips[:1], reason="r"))
    assert RegisterEntry.objects.get().by == "n" * 255


def test_a_reason_that_databases_cannot_store(admin_client, slips):
    response = admin_client.post(CHANGELIST, selected(slips[:1], reason="a\x00b"))
    assert "Null characters are not allowed." in response.content.decode()
    assert Slip.objects.count() == 4


def test_a_row_that_is_gone(admin_client, slips, monkeypatch):
    """Another request has deleted it after this one has read it."""
    found = testapp_admin.SlipAdmin.get_deleted_objects

    def get_deleted_objects(self, objs, request):
        result = found(self, list(objs), request)
        Slip.objects.filter(note="draft").delete()
        return result

    monkeypatch.setattr(testapp_admin.SlipAdmin, "get_deleted_objects", get_deleted_objects)
    response = admin_client.post(CHANGELIST, selected(slips[2:], reason="r"), follow=True)
    assert "voided and deleted: 1." in response.content.decode()
    assert LogEntry.objects.count() == 1


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
