"""django-model-utils: states, rows that are deleted softly, and what a tracker tells."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from model_utils import Choices, FieldTracker
from model_utils.models import SoftDeletableModel, StatusModel, TimeStampedModel

from gapless_fields import GaplessSequenceField, deferred_numbering

pytestmark = pytest.mark.django_db


class StatusLetter(TimeStampedModel, StatusModel):
    STATUS = Choices("draft", "sent")
    number = GaplessSequenceField(
        sequence="status letters", when=models.Q(status="sent"), null=True
    )
    tracker = FieldTracker()
    status_tracker = FieldTracker(fields=["status"])

    class Meta:
        app_label = "packages"


class SoftLetter(SoftDeletableModel):
    number = GaplessSequenceField(sequence="soft letters")

    class Meta:
        app_label = "packages"


def test_a_status_numbers_the_row():
    letters = [StatusLetter.objects.create() for _ in range(2)]
    letters[1].status = "sent"
    letters[1].save()
    assert [letter.number for letter in letters] == [None, 1]
    assert StatusLetter.objects.create(status="sent").number == 2
    assert list(StatusLetter.sent.order_by("pk").values_list("number", flat=True)) == [1, 2]


def test_a_row_that_is_deleted_softly_keeps_its_number():
    letters = [SoftLetter.all_objects.create() for _ in range(2)]
    letters[1].delete()
    letters.append(SoftLetter.all_objects.create())
    assert {letter.number for letter in SoftLetter.available_objects.all()} == {1, 3}
    assert {letter.number for letter in SoftLetter.all_objects.all()} == {1, 2, 3}


def test_a_save_resets_the_tracker():
    letter = StatusLetter.objects.create()
    letter.status = "sent"
    letter.save()
    assert (letter.number, letter.tracker.changed()) == (1, {})


def test_a_tracker_reports_the_number_until_the_next_save():
    letter = StatusLetter.objects.create()
    letter.status = "sent"
    letter.save(update_fields=["status"])
    with transaction.atomic(), deferred_numbering():
        later = StatusLetter.objects.create(status="sent")
    for row, number in ((letter, 1), (later, 2)):
        assert row.number == number
        assert row.tracker.changed() == {"number": None}
        assert row.status_tracker.changed() == {}
        row.save()
        assert row.tracker.changed() == {}
        row.refresh_from_db()
        assert row.number == number
