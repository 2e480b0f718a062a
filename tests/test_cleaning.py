"""``full_clean()``, forms, the admin and serializers say what ``save()`` would refuse."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import modelform_factory
from rest_framework.serializers import ModelSerializer

from gapless_fields import ScopeChanged
from tests.testapp.models import Company, Harvest, Slip

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 31)


@pytest.fixture
def companies():
    return [Company.objects.create(name=name) for name in "ab"]


@pytest.fixture
def slip(companies):
    Slip.objects.create(company=companies[0], issued_on=DAY, note="n")
    return Slip.objects.get()


def errors(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as error:
        return error.message_dict
    return {}


@pytest.mark.parametrize(
    ("values", "name", "text"),
    [
        ({"company_id": 2}, "company", "a change of company would move it"),
        ({"issued_on": datetime.date(2027, 1, 1)}, "issued_on", "a change of issued_on"),
        ({"issued_on": "2027-01-01"}, "issued_on", "a change of issued_on"),
        ({"issued_on": None}, "issued_on", "the row has its number, and issued_on"),
    ],
)
def test_a_numbered_row(companies, slip, values, name, text):
    if "company_id" in values:
        values = {"company_id": companies[1].pk}
    found = errors(slip, **values)
    assert list(found) == [name]
    assert text in found[name][0]
    with pytest.raises(ScopeChanged, match=text):
        slip.save()


def test_what_may_be_changed(companies, slip, django_assert_num_queries):
    with django_assert_num_queries(1):  # Django looks for the company
        assert errors(slip, note="m") == {}
    assert errors(slip, issued_on=datetime.date(2026, 1, 1)) == {}
    draft = Slip.objects.create(company=companies[0], note="n")
    assert errors(draft, company=companies[1]) == {}
    assert errors(Slip(company=companies[1], issued_on=DAY, note="n")) == {}
    gone = Slip.objects.create(company=companies[0], issued_on=DAY, note="n")
    Slip.objects.filter(pk=gone.pk).delete()
    assert errors(gone, company=companies[1]) == {}


def test_a_stale_instance(companies, slip):
    """Of what it knows, and of what it does not."""
    stale = Slip(pk=slip.pk, company=companies[1], issued_on=DAY, note="n")
    stale._state.adding = False
    assert list(errors(stale)) == ["company"]


def test_other_errors_are_kept(companies, slip):
    assert set(errors(slip, note="x" * 51, company=companies[1])) == {"note", "company"}
    slip.company_id = 4711
    assert "not a valid choice" in errors(slip)["company"][0]


def test_excluded_columns(companies, slip):
    slip.company = companies[1]
    with pytest.raises(ValidationError) as raised:
        slip.full_clean(exclude={"company"})
    assert list(raised.value.message_dict) == [NON_FIELD_ERRORS]


def test_methods_with_signatures_of_their_own():
    row = Harvest.objects.create(day=DAY, text="a")
    form = modelform_factory(Harvest, fields=["text"])({"text": "b"}, instance=row)
    assert list(form.errors) == ["text"]
    row = Harvest.objects.only("day").get()
    assert row.number == 1
    row.refresh_from_db()
    row.refresh_from_db(fields=iter(["number"]))
    row.full_clean(exclude=["season"])


def test_forms(companies, slip):
    form_class = modelform_factory(Slip, fields=["company", "issued_on", "note"])
    data = {"company": companies[0].pk, "issued_on": "2026-03-31", "note": "n"}
    for change in ({"company": companies[1].pk}, {"issued_on": "2027-01-01"}, {"issued_on": ""}):
        form = form_class(data | change, instance=Slip.objects.get())
        assert list(form.errors) == list(change)
    form = form_class(data | {"note": "m"}, instance=Slip.objects.get())
    assert form.save().number == 1
    only = modelform_factory(Slip, fields=["note"])({"note": "o"}, instance=Slip.objects.get())
    only.instance.company = companies[1]
    assert list(only.errors) == [NON_FIELD_ERRORS]


class SlipAdmin(ModelAdmin):
    readonly_fields = ["number"]


def test_the_admin_s_change_page(companies, slip, rf):
    user = User(is_superuser=True, is_staff=True, is_active=True)
    request = rf.post("/", {"company": companies[1].pk, "issued_on": "2026-03-31", "note": "n"})
    request.user = user
    request._dont_enforce_csrf_checks = True
    response = SlipAdmin(Slip, AdminSite()).change_view(request, str(slip.pk))
    form = response.context_data["adminform"].form
    assert response.status_code == 200
    assert list(form.errors) == ["company"]


class SlipSerializer(ModelSerializer):
    """As the how-to has it."""

    class Meta:
        model = Slip
        fields = ["company", "issued_on", "note", "number"]

    def validate(self, attrs):
        row = Slip.objects.get(pk=self.instance.pk) if self.instance else Slip()
        for name, value in attrs.items():
            setattr(row, name, value)
        row.full_clean()
        return attrs


def test_serializers(companies, slip):
    changed = SlipSerializer(slip, {"company": companies[1].pk}, partial=True)
    assert not changed.is_valid()
    assert "company" in changed.errors
    same = SlipSerializer(slip, {"note": "m", "issued_on": "2026-01-01"}, partial=True)
    assert same.is_valid()
    assert same.save().number == 1
