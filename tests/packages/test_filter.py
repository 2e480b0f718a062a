"""django-filter: lists are filtered by the number."""

from __future__ import annotations

import django_filters
import pytest
from django.db import models

from gapless_fields import GaplessSequenceField

pytestmark = pytest.mark.django_db


class Filtered(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="filtered")

    class Meta:
        app_label = "packages"


class FilteredFilter(django_filters.FilterSet):
    class Meta:
        model = Filtered
        fields = "__all__"


class RangeFilter(django_filters.FilterSet):
    class Meta:
        model = Filtered
        fields = {"number": ["gte", "lte"]}


@pytest.fixture(autouse=True)
def rows():
    Filtered.objects.bulk_create([Filtered(text=text) for text in "abcd"])


def found(filtered):
    return list(filtered.qs.order_by("number").values_list("text", "number"))


def test_all_fields_include_the_number():
    assert list(FilteredFilter.base_filters) == ["text", "number"]
    assert found(FilteredFilter({"number": "2"})) == [("b", 2)]
    assert FilteredFilter({"number": "b"}).errors == {"number": ["Enter a number."]}


def test_a_range_of_numbers():
    assert found(RangeFilter({"number__gte": "2", "number__lte": "3"})) == [("b", 2), ("c", 3)]
