"""django-modeltranslation: series and conditions by the column of one language."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import models, transaction
from django.utils import translation
from modeltranslation.translator import TranslationOptions, register

from gapless_fields import GaplessSequenceField, ScopeChanged
from gapless_fields.models import Counter

pytestmark = pytest.mark.django_db


class ModelTranslated(models.Model):
    title = models.CharField(max_length=10, blank=True)
    number = GaplessSequenceField(
        sequence="model translated",
        scope=["title_en"],
        when=models.Q(title_de__isnull=False),
        null=True,
    )

    class Meta:
        app_label = "packages"


@register(ModelTranslated)
class ModelTranslatedOptions(TranslationOptions):
    fields = ["title"]


def numbers():
    return list(ModelTranslated.objects.order_by("pk").values_list("title_en", "number"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_rows_are_numbered_by_the_column_of_one_language(language):
    with translation.override(language):
        for title in "aab":
            ModelTranslated.objects.create(title_en=title, title_de="x")
        assert numbers() == [("a", 1), ("a", 2), ("b", 1)]
        Counter.objects.all().delete()
        call_command("sync_sequences", verbosity=0)
        assert ModelTranslated.objects.create(title_en="a", title_de="x").number == 3


def test_a_translation_that_is_added_issues_the_draft():
    with translation.override("en"):
        draft = ModelTranslated.objects.create(title="a")
    assert (draft.title_en, draft.title_de, draft.number) == ("a", None, None)
    with translation.override("de"):
        draft.title = "x"
        draft.save()
    assert (draft.title_en, draft.title_de, draft.number) == ("a", "x", 1)


def test_the_language_of_the_series_may_not_change():
    row = ModelTranslated.objects.create(title_en="a", title_de="x")
    with translation.override("de"):
        row.title = "y"
        row.save()
    with translation.override("en"):
        row.title = "b"
        with pytest.raises(ScopeChanged), transaction.atomic():
            row.save()
        with pytest.raises(ScopeChanged), transaction.atomic():
            ModelTranslated.objects.update(title="b")
    row.refresh_from_db()
    assert (row.title_en, row.title_de, row.number) == ("a", "y", 1)
