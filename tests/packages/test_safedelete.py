"""django-safedelete: deleted rows keep their numbers."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import transaction
from safedelete.models import SafeDeleteModel

from gapless_fields import GaplessSequenceField, NumberInUse, accept_numbers
from gapless_fields.models import Counter

pytestmark = pytest.mark.django_db


class SafelyDeleted(SafeDeleteModel):
    number = GaplessSequenceField(sequence="safely deleted")

    class Meta:
        app_label = "packages"


@pytest.fixture
def deleted():
    SafelyDeleted.objects.create()
    row = SafelyDeleted.objects.create()
    row.delete()
    return row


def test_a_deleted_row_comes_back_with_its_number(deleted):
    assert SafelyDeleted.objects.create().number == 3
    assert {row.number for row in SafelyDeleted.objects.all()} == {1, 3}
    deleted.undelete()
    assert {row.number for row in SafelyDeleted.objects.all()} == {1, 2, 3}


def test_sync_sequences_sees_deleted_rows(deleted):
    Counter.objects.all().delete()
    call_command("sync_sequences", verbosity=0)
    assert SafelyDeleted.objects.create().number == 3


def test_accept_numbers_sees_deleted_rows(deleted):
    with accept_numbers(), pytest.raises(NumberInUse), transaction.atomic():
        SafelyDeleted.objects.create(number=2)
    assert SafelyDeleted.objects.create().number == 3
