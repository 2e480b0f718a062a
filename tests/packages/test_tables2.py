"""django-tables2: the number is a column, and so is how people read it."""

from __future__ import annotations

import django_tables2 as tables
import pytest
from django.db import models

from gapless_fields import GaplessSequenceField, NumberDisplay

pytestmark = pytest.mark.django_db


class Tabled(models.Model):
    number = GaplessSequenceField(sequence="tabled")
    reference = NumberDisplay("T-{number:02d}")

    class Meta:
        app_label = "packages"


class TabledTable(tables.Table):
    reference = tables.Column(order_by="number")

    class Meta:
        model = Tabled
        fields = ["number", "reference"]


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("reference", [(9, "T-09"), (10, "T-10"), (100, "T-100")]),
        ("-reference", [(100, "T-100"), (10, "T-10"), (9, "T-09")]),
        ("-number", [(100, "T-100"), (10, "T-10"), (9, "T-09")]),
    ],
)
def test_a_table_is_sorted_by_number_and_by_reference(order_by, expected):
    rows = Tabled.objects.bulk_create([Tabled() for _ in range(100)])
    shown = Tabled.objects.filter(number__in=[rows[8].number, 10, 100])
    table = TabledTable(shown, order_by=order_by)
    assert [tuple(row.cells) for row in table.rows] == expected
