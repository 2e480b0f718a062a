"""django-pghistory: events hold plain integers, and a revert is told the number."""

from __future__ import annotations

import pytest
from django.db import connection, models, transaction

from gapless_fields import (
    GaplessSequenceField,
    NumberChanged,
    accept_numbers,
    deferred_numbering,
    get_last_value,
)

if connection.vendor != "postgresql":
    pytest.skip("django-pghistory is for PostgreSQL alone", allow_module_level=True)

import pghistory

pytestmark = pytest.mark.django_db


@pghistory.track()
class Tracked(models.Model):
    state = models.CharField(max_length=10, default="draft")
    number = GaplessSequenceField(
        sequence="pghistory_tracked", when=models.Q(state="issued"), null=True
    )

    class Meta:
        app_label = "packages"


def events():
    rows = Tracked.pgh_event_model.objects.order_by("pgh_id")
    return list(rows.values_list("pgh_label", "state", "number"))


def test_events_hold_plain_integers():
    row = Tracked.objects.create()
    row.state = "issued"
    row.save()
    assert events() == [("insert", "draft", None), ("update", "issued", 1)]
    field = Tracked.pgh_event_model._meta.get_field("number")
    assert type(field) is models.PositiveBigIntegerField
    assert get_last_value("pghistory_tracked") == 1


def test_a_deferred_number_is_in_the_update_event_that_follows_the_insert_event():
    with transaction.atomic(), deferred_numbering():
        Tracked.objects.create(state="issued")
    assert events() == [("insert", "issued", None), ("update", "issued", 1)]


def test_a_revert_to_an_event_from_before_the_number_has_the_number_set_first():
    row = Tracked.objects.create()
    row.state = "issued"
    row.save()
    event = Tracked.pgh_event_model.objects.earliest("pgh_id")
    with pytest.raises(NumberChanged), transaction.atomic():
        event.revert()
    event.number = Tracked.objects.values_list("number", flat=True).get(pk=event.pgh_obj_id)
    event.revert()
    row.refresh_from_db()
    assert (row.state, row.number) == ("draft", 1)


def test_a_deleted_row_comes_back_with_its_number():
    row = Tracked.objects.create(state="issued")
    event = Tracked.pgh_event_model.objects.get()
    Tracked.objects.create(state="issued")
    Tracked.objects.filter(pk=row.pk).delete()
    with accept_numbers():
        event.revert()
    assert list(Tracked.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]
    assert Tracked.objects.create(state="issued").number == 3
