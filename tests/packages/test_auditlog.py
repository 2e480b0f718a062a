"""django-auditlog: the numbers of new rows are logged, and those that come later by receivers."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db import models, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from gapless_fields import (
    GaplessSequenceField,
    assign_numbers,
    deferred_numbering,
    rows_numbered,
)

pytestmark = pytest.mark.django_db


class Audited(models.Model):
    issued = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="audited", when="issued", null=True)

    class Meta:
        app_label = "packages"


auditlog.register(Audited)


@receiver(rows_numbered, sender=Audited)
def log_numbers(sender, field, numbers, using, **kwargs):
    for row in sender._base_manager.using(using).filter(pk__in=numbers):
        LogEntry.objects.log_create(
            row, action=LogEntry.Action.UPDATE, changes={field: ["None", str(numbers[row.pk])]}
        )


@receiver(pre_save, sender=Audited)
def before(sender, instance, **kwargs):
    instance.number_before = instance.number


@receiver(post_save, sender=Audited)
def after(sender, instance, created, **kwargs):
    if not created and instance.number != instance.number_before:
        LogEntry.objects.log_create(
            instance,
            action=LogEntry.Action.UPDATE,
            changes={"number": [str(instance.number_before), str(instance.number)]},
        )


def logged(row):
    """The changes of the number, the first one first."""
    entries = LogEntry.objects.get_for_object(row).order_by("pk")
    return [entry.changes["number"] for entry in entries if "number" in entry.changes]


def test_the_number_of_a_new_row_is_logged():
    row = Audited.objects.create()
    assert (row.number, logged(row)) == (1, [["None", "1"]])


def test_the_number_of_a_draft_that_is_issued_is_logged_once():
    row = Audited.objects.create(issued=False)
    row.issued = True
    row.save()
    row.save()
    assert (row.number, logged(row)) == (1, [["None", "1"]])


def test_numbers_that_come_at_the_end_are_logged():
    with transaction.atomic(), deferred_numbering():
        rows = [Audited.objects.create() for _ in range(2)]
    assert [logged(row) for row in rows] == [[["None", "1"]], [["None", "2"]]]


def test_numbers_of_assign_numbers_are_logged():
    row = Audited.objects.create(issued=False)
    Audited.objects.update(issued=True)
    assert assign_numbers(Audited.objects.all()) == 1
    assert logged(row) == [["None", "1"]]
