"""django-parler: numbers of a model, and those of its translations by language."""

from __future__ import annotations

import pytest
from django.db import models
from parler.models import TranslatableModel, TranslatedFields

from gapless_fields import GaplessSequenceField, get_last_value

pytestmark = pytest.mark.django_db


class Leaflet(TranslatableModel):
    number = GaplessSequenceField(sequence="parler_leaflets")
    translations = TranslatedFields(
        title=models.CharField(max_length=10),
        edition=GaplessSequenceField(sequence="parler_editions", scope=["language_code"]),
    )

    class Meta:
        app_label = "packages"


def test_translations_take_no_number_of_the_model():
    row = Leaflet.objects.language("en").create(title="one")
    row.create_translation("de", title="eins")
    assert list(Leaflet.objects.values_list("number", flat=True)) == [1]
    assert Leaflet.objects.language("en").create(title="two").number == 2
    assert get_last_value("parler_leaflets") == 2


def test_each_language_counts_its_translations():
    first = Leaflet.objects.language("en").create(title="one")
    second = Leaflet.objects.language("en").create(title="two")
    second.create_translation("de", title="zwei")
    first.create_translation("de", title="eins")
    first.set_current_language("de")
    first.title = "EINS"
    first.save()
    rows = Leaflet.translations.field.model.objects.order_by("language_code", "edition")
    assert list(rows.values_list("language_code", "edition", "title")) == [
        ("de", 1, "zwei"),
        ("de", 2, "EINS"),
        ("en", 1, "one"),
        ("en", 2, "two"),
    ]
