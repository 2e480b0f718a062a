"""django-pgbulk: what is written past the ORM is numbered afterwards."""

from __future__ import annotations

import pytest
from django.db import connection, models, transaction

from gapless_fields import GaplessSequenceField, assign_numbers, get_last_value

if connection.vendor != "postgresql":
    pytest.skip("django-pgbulk is for PostgreSQL alone", allow_module_level=True)

import pgbulk

pytestmark = pytest.mark.django_db


class Upserted(models.Model):
    code = models.CharField(max_length=10, unique=True)
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="pgbulk_upserted", null=True)

    class Meta:
        app_label = "packages"


def stored():
    return list(Upserted.objects.order_by("code").values_list("code", "text", "number"))


def test_rows_of_an_upsert_are_numbered_after_it():
    Upserted.objects.create(code="a", text="old")
    rows = [Upserted(code=code, text="new") for code in "abc"]
    with transaction.atomic():
        pgbulk.upsert(Upserted, rows, ["code"], ["text"])
        assert stored() == [("a", "new", 1), ("b", "new", None), ("c", "new", None)]
        assign_numbers(Upserted.objects.filter(number=None), order_by=["pk"])
    assert stored() == [("a", "new", 1), ("b", "new", 2), ("c", "new", 3)]
    assert get_last_value("pgbulk_upserted") == 3


def test_new_rows_by_bulk_create_and_the_others_by_an_update():
    known = [Upserted.objects.create(code="a", text="old")]
    known[0].text = "new"
    with transaction.atomic():
        Upserted.objects.bulk_create([Upserted(code="b", text="new")])
        pgbulk.update(Upserted, known, ["text"])
    assert stored() == [("a", "new", 1), ("b", "new", 2)]


def test_a_number_that_it_is_given_is_not_refused():
    row = Upserted.objects.create(code="a", text="old")
    row.number = 7
    pgbulk.update(Upserted, [row], ["number"])
    assert stored() == [("a", "old", 7)]
