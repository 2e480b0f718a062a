"""django-polymorphic: children, copies and create_from_super()."""

from __future__ import annotations

import pytest
from django.db import models
from polymorphic.models import PolymorphicModel

from gapless_fields import GaplessSequenceField, get_last_value

pytestmark = pytest.mark.django_db


class PolymorphicPaper(PolymorphicModel):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="polymorphic papers")

    class Meta:
        app_label = "packages"


class PolymorphicDeed(PolymorphicPaper):
    seal = GaplessSequenceField(sequence="polymorphic seals")

    class Meta:
        app_label = "packages"


def test_parents_and_children_share_the_series_of_the_parent():
    PolymorphicPaper.objects.create(text="a")
    PolymorphicDeed.objects.create(text="b")
    PolymorphicPaper.objects.create(text="c")
    a, b, c = PolymorphicPaper.objects.order_by("pk")
    assert [type(row) for row in (a, b, c)] == [PolymorphicPaper, PolymorphicDeed, PolymorphicPaper]
    assert [row.number for row in (a, b, c)] == [1, 2, 3]
    assert b.seal == 1


def test_a_copy_has_numbers_of_its_own():
    PolymorphicDeed.objects.create(text="a")
    copy = PolymorphicPaper.objects.get()
    copy.pk = copy.id = None
    copy.save()
    values = PolymorphicDeed.objects.order_by("pk").values_list("text", "number", "seal")
    assert list(values) == [("a", 1, 1), ("a", 2, 2)]


def test_create_from_super_keeps_the_number_of_the_parent_and_takes_one_of_the_child():
    PolymorphicDeed.objects.create(text="a")
    paper = PolymorphicPaper.objects.create(text="b")
    PolymorphicDeed.objects.create_from_super(paper)
    deed = PolymorphicPaper.objects.get(pk=paper.pk)
    assert (type(deed), deed.text, deed.number, deed.seal) == (PolymorphicDeed, "b", 2, 2)
    assert get_last_value("polymorphic papers") == 2
