"""django-simple-history: numbers in the history, and rows that are restored from it."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from django.dispatch import receiver
from simple_history.models import HistoricalRecords
from simple_history.utils import bulk_create_with_history

from gapless_fields import (
    GaplessSequenceField,
    NumberNotIssued,
    accept_numbers,
    assign_numbers,
    deferred_numbering,
    rows_numbered,
)

pytestmark = pytest.mark.django_db


class Remembered(models.Model):
    text = models.CharField(max_length=10)  # by which rows without keys are found again (MySQL)
    issued = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="remembered", when="issued", null=True)
    history = HistoricalRecords()

    class Meta:
        app_label = "packages"


@receiver(rows_numbered)
def record(sender, numbers, using, **kwargs):
    if hasattr(sender, "history"):
        rows = sender._base_manager.using(using).filter(pk__in=numbers)
        sender.history.bulk_history_create(list(rows), update=True)


def history(row):
    return list(row.history.order_by("history_id").values_list("history_type", "number"))


def test_the_history_has_the_numbers_of_saves():
    row = Remembered.objects.create(issued=False)
    row.issued = True
    row.save()
    assert history(row) == [("+", None), ("~", 1)]
    rows = bulk_create_with_history([Remembered(text=text) for text in "ab"], Remembered)
    assert [history(row) for row in rows] == [[("+", 2)], [("+", 3)]]


def test_the_history_has_the_numbers_that_come_later():
    with transaction.atomic(), deferred_numbering():
        row = Remembered.objects.create()
    assert history(row) == [("+", None), ("~", 1)]
    draft = Remembered.objects.create(issued=False)
    Remembered.objects.filter(pk=draft.pk).update(issued=True)
    assign_numbers(Remembered.objects.all())
    assert history(draft) == [("+", None), ("~", 2)]


def test_a_deleted_row_is_restored_with_its_number():
    rows = [Remembered.objects.create() for _ in range(3)]
    pk = rows[1].pk
    rows[1].delete()
    deletion = Remembered.history.get(history_type="-")
    with pytest.raises(NumberNotIssued), transaction.atomic():
        deletion.instance.save()
    with accept_numbers():
        deletion.instance.save()
    assert Remembered.objects.get(pk=pk).number == 2
    assert Remembered.objects.create().number == 4
