"""django-bulk-load: rows are loaded without numbers, and updated beside them."""

from __future__ import annotations

import pytest
from django.db import connection, models

from gapless_fields import GaplessSequenceField, assign_numbers

if connection.vendor != "postgresql":
    pytest.skip("django-bulk-load is for PostgreSQL alone", allow_module_level=True)

django_bulk_load = pytest.importorskip(
    "django_bulk_load", reason="not in the group: it builds psycopg2, over psycopg2-binary"
)

pytestmark = pytest.mark.django_db


class Loaded(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="bulk_load_loaded", null=True)

    class Meta:
        app_label = "packages"


def stored():
    return list(Loaded.objects.order_by("text").values_list("text", "number"))


@pytest.mark.parametrize("load", ["bulk_insert_models", "bulk_upsert_models"])
def test_rows_that_are_loaded_have_no_numbers_with_a_warning(load):
    with pytest.warns(RuntimeWarning, match="in another way"):
        getattr(django_bulk_load, load)([Loaded(text="a"), Loaded(text="b")])
    assert stored() == [("a", None), ("b", None)]
    assert assign_numbers(Loaded.objects.all(), order_by=["text"]) == 2
    assert stored() == [("a", 1), ("b", 2)]


def test_bulk_create_numbers_and_an_update_leaves_the_number_alone():
    rows = Loaded.objects.bulk_create([Loaded(text="a"), Loaded(text="b")])
    for row in rows:
        row.text *= 2
    django_bulk_load.bulk_update_models(rows, update_field_names=["text"])
    assert stored() == [("aa", 1), ("bb", 2)]
