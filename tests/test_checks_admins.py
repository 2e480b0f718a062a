"""E017: both directions, with the admin pages that fail, and those that open."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin import sites
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.exceptions import FieldError

from gapless_fields.checks.admins import check_admins
from tests.testapp.models import Bill, Company, Customer, Invoice, Letter, Member
from tests.textapp.models import Bill as TextBill

pytestmark = pytest.mark.django_db


class ExcludingForm(forms.ModelForm):
    class Meta:
        model = Invoice
        exclude = ["number"]


@pytest.fixture
def site(monkeypatch):
    """The only admin site there is."""
    monkeypatch.setattr(sites, "all_sites", set())
    return admin.AdminSite("own")


def register(site, model, base=admin.ModelAdmin, **attributes):
    site.register(model, type(f"{model.__name__}Admin", (base,), attributes))
    return site.get_model_admin(model)


def opens(model_admin, rf):
    """Whether Django can make the form of the page on which a row is added."""
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    try:
        model_admin.get_form(request)
        for inline in model_admin.get_inline_instances(request):
            inline.get_formset(request)
    except FieldError:
        return False
    return True


FIELDSETS = [("Number", {"fields": [("note", "number")]}), ("Rest", {"fields": ["reference"]})]


@pytest.mark.parametrize(
    ("model", "attributes", "says"),
    [
        (Invoice, {"fields": ["note", "number"]}, "InvoiceAdmin.fields names testapp.Invoice.numb"),
        (Invoice, {"fields": (("note", "number"),)}, "InvoiceAdmin.fields names testapp.Invoice"),
        (Invoice, {"fieldsets": FIELDSETS}, "InvoiceAdmin.fieldsets names testapp.Invoice.number"),
        (TextBill, {"fields": ["reference"]}, "BillAdmin.fields names textapp.Bill.reference"),
        (Letter, {"fields": ["number"]}, "LetterAdmin.fields names testapp.Letter.number"),
        (Invoice, {"fields": ["number"], "readonly_fields": ["note"]}, "InvoiceAdmin.fields"),
        (Invoice, {"fields": ["number"], "exclude": ["note"], "form": ExcludingForm}, "InvoiceA"),
        (Invoice, {"fields": ["number"], "get_list_display": lambda *_: ["number"]}, "InvoiceA"),
    ],
)
def test_e017_numbers_in_a_form(site, rf, model, attributes, says):
    model_admin = register(site, model, **attributes)
    (message,) = check_admins()
    assert message.id == "gapless_fields.E017"
    assert message.is_serious()
    assert message.obj is type(model_admin)
    assert message.msg.startswith(says)
    (name,) = {"number", "reference"} & set(message.msg.split(",")[0].rpartition(".")[2:])
    assert f'readonly_fields = ["{name}"]' in message.hint
    assert not opens(model_admin, rf)


@pytest.mark.parametrize(
    ("model", "attributes"),
    [
        (Invoice, {}),
        (Invoice, {"list_display": ["number"], "search_fields": ["number"]}),
        (Invoice, {"readonly_fields": ["number"]}),
        (Invoice, {"fields": ["note", "number"], "readonly_fields": ["number"]}),
        (Invoice, {"fieldsets": FIELDSETS, "readonly_fields": ("number",)}),
        (Invoice, {"fields": ["number"], "exclude": ["number"]}),
        (Invoice, {"fields": ["note", "number"], "form": ExcludingForm}),
        (Customer, {"fields": ["name"]}),
        (Member, {"fields": ["name"]}),
        # What only a request can tell.
        (Invoice, {"fields": ["number"], "get_fields": lambda *_: ["note"]}),
        (Invoice, {"fields": ["number"], "get_readonly_fields": lambda *_: ["number"]}),
        (Invoice, {"fields": ["number"], "get_exclude": lambda *_: ["number"]}),
        (
            Invoice,
            {"fieldsets": FIELDSETS, "get_fieldsets": lambda *_: [(None, {"fields": ["note"]})]},
        ),
    ],
)
def test_e017_silent_twins(site, rf, model, attributes):
    model_admin = register(site, model, **attributes)
    assert check_admins() == []
    assert opens(model_admin, rf)


def inline(model, **attributes):
    return type(f"{model.__name__}Inline", (admin.TabularInline,), {"model": model, **attributes})


def test_e017_numbers_in_an_inline(site, rf):
    model_admin = register(site, Customer, inlines=[inline(Invoice, fields=["number"])])
    (message,) = check_admins()
    assert message.msg.startswith("InvoiceInline.fields names testapp.Invoice.number")
    assert not opens(model_admin, rf)


def test_e017_silent_twins_of_inlines(site, rf):
    shown = inline(Bill, fields=["note", "number"], readonly_fields=["number"])
    plain = inline(Bill)
    assert opens(register(site, Company, inlines=[shown, plain]), rf)
    assert check_admins() == []
    register(
        site, Customer, inlines=[inline(Invoice, fields=["number"])], get_inlines=lambda *_: []
    )
    assert check_admins() == []


def test_e017_once_for_each_class(site):
    twice = admin.AdminSite("twice")
    shared = inline(Invoice, fields=["number"])
    for one in (site, twice):
        register(one, Customer, inlines=[shared, shared])
    assert len(check_admins()) == 1


@pytest.mark.parametrize(
    "attributes",
    [
        {"fields": 7},
        {"fields": "number"},
        {"fieldsets": ["number"]},
        {"fieldsets": [(None, {})]},
        {"inlines": 7},
        {"inlines": ["Invoice", Invoice, type("NoneInline", (admin.TabularInline,), {})]},
    ],
)
def test_e017_leaves_nonsense_to_django(site, attributes):
    register(site, Invoice, **attributes)
    assert check_admins() == []
    assert site.check(None)


def test_e017_is_one_of_the_checks_that_django_runs(site):
    register(site, Invoice, fields=["number"])
    assert "gapless_fields.E017" in {message.id for message in run_checks()}


def test_e017_without_the_admin(settings):
    settings.INSTALLED_APPS = ["gapless_fields", "tests.testapp"]
    assert check_admins() == []


def test_list_editable_is_django_s_to_check(site):
    model_admin = register(site, Invoice, list_display=["id", "number"], list_editable=["number"])
    assert check_admins() == []
    assert "admin.E125" in {message.id for message in model_admin.check()}
