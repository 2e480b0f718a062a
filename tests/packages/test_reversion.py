"""django-reversion: reverts keep the number, recovered rows have that of their version."""

from __future__ import annotations

import pytest
import reversion
from django.db import models, transaction
from django.dispatch import receiver
from reversion.errors import RevertError
from reversion.models import Version

from gapless_fields import GaplessSequenceField, deferred_numbering, rows_numbered

pytestmark = pytest.mark.django_db


@reversion.register()
class Reverted(models.Model):
    state = models.CharField(max_length=10, default="draft")
    area = models.CharField(max_length=10, default="a")
    number = GaplessSequenceField(
        sequence="reverted", scope=["area"], when=models.Q(state="issued"), null=True
    )

    class Meta:
        app_label = "packages"


@reversion.register(exclude=["number"])
class RevertedWithout(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="reverted without", null=True)

    class Meta:
        app_label = "packages"


@receiver(rows_numbered, sender=Reverted)
def add_to_revision(sender, numbers, using, **kwargs):
    if reversion.is_active():
        for row in sender._base_manager.using(using).filter(pk__in=numbers):
            reversion.add_to_revision(row)


def create(model, **values):
    with reversion.create_revision():
        return model.objects.create(**values)


def change(row, **values):
    with reversion.create_revision():
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def test_a_revert_to_the_version_of_a_draft_keeps_the_number():
    row = create(Reverted)
    change(row, state="issued")
    Version.objects.get_for_object(row).last().revision.revert()
    row.refresh_from_db()
    assert (row.state, row.number) == ("draft", 1)
    change(row, state="issued")
    assert row.number == 1


def test_a_revert_to_a_version_without_the_column_keeps_the_number():
    row = create(RevertedWithout, text="old")
    change(row, text="new")
    version = Version.objects.get_for_object(row).last()
    assert "number" not in version.field_dict
    version.revision.revert()
    row.refresh_from_db()
    assert (row.text, row.number) == ("old", 1)


def test_a_recovered_row_has_the_number_of_its_version():
    rows = [create(Reverted, state="issued") for _ in range(3)]
    Reverted.objects.filter(number=2).delete()
    Version.objects.get_deleted(Reverted).get().revision.revert()
    assert Reverted.objects.get(pk=rows[1].pk).number == 2
    assert create(Reverted, state="issued").number == 4


def test_a_recovered_row_without_a_number_gets_the_next():
    row = create(RevertedWithout, text="a")
    create(RevertedWithout, text="b")
    RevertedWithout.objects.filter(pk=row.pk).delete()
    Version.objects.get_deleted(RevertedWithout).get().revision.revert()
    assert RevertedWithout.objects.get(text="a").number == 3


def test_a_revert_to_another_series_is_refused():
    row = create(Reverted)
    change(row, area="b", state="issued")
    with pytest.raises(RevertError, match="Could not save"):
        Version.objects.get_for_object(row).last().revision.revert()
    row.refresh_from_db()
    assert (row.area, row.state, row.number) == ("b", "issued", 1)


def test_a_number_that_comes_later_is_in_the_version():
    with reversion.create_revision(), transaction.atomic(), deferred_numbering():
        row = Reverted.objects.create(state="issued")
    (version,) = Version.objects.get_for_object(row)
    assert version.field_dict["number"] == row.number == 1


def test_a_revision_that_ends_before_the_numbers_has_none():
    with transaction.atomic(), deferred_numbering():
        row = create(Reverted, state="issued")
    (version,) = Version.objects.get_for_object(row)
    assert (version.field_dict["number"], row.number) == (None, 1)
