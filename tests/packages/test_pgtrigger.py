"""django-pgtrigger: the database keeps the number, and the field issues it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, models, transaction

from gapless_fields import GaplessSequenceField
from tests.raw import raw_update

if connection.vendor != "postgresql":
    pytest.skip("django-pgtrigger is for PostgreSQL alone", allow_module_level=True)

import pgtrigger

pytestmark = pytest.mark.django_db


class Sealed(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="pgtrigger_sealed")

    class Meta:
        app_label = "packages"
        triggers = [pgtrigger.ReadOnly(name="read_only_number", fields=["number"])]


class Kept(models.Model):
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="pgtrigger_kept", when="issued", null=True)

    class Meta:
        app_label = "packages"
        triggers = [
            pgtrigger.Protect(
                name="keep_number",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__number__isnull=False)
                & pgtrigger.Q(old__number__df=pgtrigger.F("new__number")),
            )
        ]


class Hidden(models.Model):
    is_active = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="pgtrigger_hidden")

    class Meta:
        app_label = "packages"
        triggers = [pgtrigger.SoftDelete(name="soft_delete", field="is_active")]


def test_a_number_that_is_read_only_is_kept_from_raw_updates():
    row = Sealed.objects.create(text="a")
    row.text = "b"
    row.save()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        raw_update(Sealed.objects, number=7)
    assert list(Sealed.objects.values_list("text", "number")) == [("b", 1)]


def test_a_draft_gets_its_number_and_keeps_it_from_then_on():
    row = Kept.objects.create()
    row.issued = True
    row.save()
    for number in (7, None):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            raw_update(Kept.objects, number=number)
    row.issued = False
    row.save()
    assert list(Kept.objects.values_list("issued", "number")) == [(False, 1)]


def test_a_soft_delete_keeps_the_number_with_its_row():
    row = Hidden.objects.create()
    Hidden.objects.filter(pk=row.pk).delete()
    Hidden.objects.create()
    rows = Hidden.objects.order_by("pk").values_list("is_active", "number")
    assert list(rows) == [(False, 1), (True, 2)]
