"""model_bakery: rows that it makes, and those of which it fills every column."""

from __future__ import annotations

import pytest
from django.db import models
from model_bakery import baker

from gapless_fields import GaplessSequenceField

pytestmark = pytest.mark.django_db


class Baked(models.Model):
    text = models.CharField(max_length=10, blank=True)
    number = GaplessSequenceField(sequence="baked", null=True)

    class Meta:
        app_label = "packages"


@pytest.fixture
def generator(monkeypatch):
    monkeypatch.setattr(baker.generators, "user_mapping", {})
    baker.generators.add("gapless_fields.GaplessSequenceField", lambda: None)


def test_rows_are_numbered():
    assert baker.make(Baked).number == 1
    assert [row.number for row in baker.make(Baked, _quantity=2)] == [2, 3]
    assert [row.number for row in baker.make(Baked, _quantity=2, _bulk_create=True)] == [4, 5]
    draft = baker.prepare(Baked)
    assert draft.number is None
    draft.save()
    assert draft.number == 6


def test_without_a_generator_fill_optional_fails():
    with pytest.raises(TypeError, match="not supported by baker"):
        baker.make(Baked, _fill_optional=True)


def test_with_a_generator_fill_optional_leaves_the_number_to_its_series(generator):
    row = baker.make(Baked, _fill_optional=True)
    assert (len(row.text), row.number) == (10, 1)


def test_a_generator_of_the_settings_does_the_same(settings):
    settings.BAKER_CUSTOM_FIELDS_GEN = {"gapless_fields.GaplessSequenceField": lambda: None}
    row = baker.make(Baked, _fill_optional=True)
    assert (len(row.text), row.number) == (10, 1)
