"""django-softdelete: deleted rows keep their numbers."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import transaction
from softdelete.models import SoftDeleteObject

from gapless_fields import GaplessSequenceField, NumberInUse, accept_numbers
from gapless_fields.models import Counter

pytestmark = pytest.mark.django_db


class SoftlyDeleted(SoftDeleteObject):
    number = GaplessSequenceField(sequence="softly deleted")

    class Meta:
        app_label = "packages"


@pytest.fixture
def deleted():
    SoftlyDeleted.objects.create()
    row = SoftlyDeleted.objects.create()
    row.delete()
    return row


def test_a_deleted_row_comes_back_with_its_number(deleted):
    assert SoftlyDeleted.objects.create().number == 3
    assert {row.number for row in SoftlyDeleted.objects.all()} == {1, 3}
    deleted.undelete()
    assert {row.number for row in SoftlyDeleted.objects.all()} == {1, 2, 3}


def test_sync_sequences_sees_deleted_rows(deleted):
    Counter.objects.all().delete()
    call_command("sync_sequences", verbosity=0)
    assert SoftlyDeleted.objects.create().number == 3


def test_accept_numbers_sees_deleted_rows(deleted):
    with accept_numbers(), pytest.raises(NumberInUse), transaction.atomic():
        SoftlyDeleted.objects.create(number=2)
    assert SoftlyDeleted.objects.create().number == 3
