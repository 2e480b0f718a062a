"""django-clone: a clone is another row, with a number of its own."""

from __future__ import annotations

import warnings

import pytest
from django.db import models
from model_clone import CloneMixin

from gapless_fields import GaplessSequenceField, get_last_value

pytestmark = pytest.mark.django_db


class Cloned(CloneMixin, models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="cloned")

    class Meta:
        app_label = "packages"


class ClonedWithout(CloneMixin, models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="cloned without")

    _clone_excluded_fields = ["number"]

    class Meta:
        app_label = "packages"


def test_a_clone_has_the_next_number():
    original = Cloned.objects.create(text="a")
    with pytest.warns(RuntimeWarning, match="in another way"):
        clone = original.make_clone()
    assert (clone.text, clone.number) == ("a", 2)
    original.refresh_from_db()
    assert (original.number, get_last_value("cloned")) == (1, 2)


def test_a_clone_without_the_field_has_the_next_number_and_no_warning():
    original = ClonedWithout.objects.create(text="a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone = original.make_clone()
    assert (clone.text, clone.number) == ("a", 2)
    original.refresh_from_db()
    assert (original.number, get_last_value("cloned without")) == (1, 2)
