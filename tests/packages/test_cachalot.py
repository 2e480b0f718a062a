"""django-cachalot: cached rows show their numbers, and counters are not cached."""

from __future__ import annotations

import pytest
from cachalot.api import cachalot_disabled
from cachalot.settings import cachalot_settings
from django.db import connection, models, transaction

from gapless_fields import GaplessSequenceField, assign_numbers, deferred_numbering
from gapless_fields.models import Counter

pytestmark = pytest.mark.django_db(transaction=True)


class Cached(models.Model):
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="cachalot", when="issued", null=True)

    class Meta:
        app_label = "packages"


@pytest.fixture
def cachalot(settings):
    """Patches Django as its app does at the start, with the settings that are given."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "cachalot",
        }
    }

    def patch(**values):
        for name, value in values.items():
            setattr(settings, name, value)
        cachalot_settings.reload()

    yield patch
    cachalot_settings.unload()


def numbers():
    return list(Cached.objects.order_by("pk").values_list("number", flat=True))


def test_rows_are_cached_and_show_the_numbers_that_they_have(cachalot, django_assert_num_queries):
    cachalot()
    with transaction.atomic():
        row = Cached.objects.create()
    assert numbers() == [None]
    with django_assert_num_queries(0):
        assert numbers() == [None]
    row.issued = True
    with transaction.atomic():
        row.save()
    assert numbers() == [1]
    with transaction.atomic(), deferred_numbering():
        Cached.objects.create(issued=True)
    assert numbers() == [1, 2]
    Cached.objects.bulk_create([Cached()])
    Cached.objects.update(issued=True)
    assert numbers() == [1, 2, None]
    assign_numbers(Cached.objects.all())
    assert numbers() == [1, 2, 3]


def test_rows_show_old_numbers_where_raw_queries_go_unseen(cachalot):
    cachalot(CACHALOT_INVALIDATE_RAW=False)
    Cached.objects.bulk_create([Cached()])
    Cached.objects.update(issued=True)
    assert numbers() == [None]
    assign_numbers(Cached.objects.all())
    assert numbers() == [None]
    with cachalot_disabled():
        assert numbers() == [1]


def test_counters_that_are_not_cached_are_right(cachalot):
    cachalot(CACHALOT_UNCACHABLE_TABLES={"django_migrations", "gapless_fields_counter"})
    for number in (1, 2):
        with transaction.atomic():
            Cached.objects.create(issued=True)
        assert Counter.objects.get(name="cachalot").last == number


@pytest.mark.skipif(connection.vendor != "postgresql", reason="numbers are taken by the ORM")
def test_counters_that_are_cached_are_old_on_postgresql(cachalot):
    cachalot()
    for _ in range(2):
        with transaction.atomic():
            Cached.objects.create(issued=True)
        assert Counter.objects.get(name="cachalot").last == 1
    assert numbers() == [1, 2]
