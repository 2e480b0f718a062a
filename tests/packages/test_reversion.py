"""django-reversion: a revert keeps the number of its row."""

from __future__ import annotations

import pytest
import reversion
from django.db import models
from reversion.models import Version

from gapless_fields import GaplessSequenceField

pytestmark = pytest.mark.django_db


@reversion.register()
class Reverted(models.Model):
    state = models.CharField(max_length=10, default="draft")
    number = GaplessSequenceField(
        sequence="reverted", when=models.Q(state="issued"), null=True, unique=True
    )

    class Meta:
        app_label = "packages"


def test_a_revert_to_the_version_of_a_draft_keeps_the_number():
    with reversion.create_revision():
        row = Reverted.objects.create()
    with reversion.create_revision():
        row.state = "issued"
        row.save()
    Version.objects.get_for_object(row).last().revision.revert()
    row.refresh_from_db()
    assert (row.state, row.number) == ("draft", 1)
