"""django-optimistic-lock: a save that comes too late takes no number."""

from __future__ import annotations

import django
import pytest
from django.db import models, transaction
from ool import ConcurrentUpdate, VersionedMixin, VersionField

from gapless_fields import GaplessSequenceField, get_last_value

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        django.VERSION >= (6, 0), reason="django-optimistic-lock 1.0 is for Django up to 5.2"
    ),
]


class OptimisticallyLocked(VersionedMixin, models.Model):
    version = VersionField()
    text = models.CharField(max_length=10)
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="optimistically locked", when="issued", null=True)

    class Meta:
        app_label = "packages"


def test_a_draft_is_issued_and_its_version_counted():
    draft = OptimisticallyLocked.objects.create()
    draft.issued = True
    draft.save()
    assert (draft.number, draft.version) == (1, 1)
    draft.refresh_from_db()
    assert (draft.number, draft.version) == (1, 1)


def test_a_concurrent_update_takes_no_number():
    draft = OptimisticallyLocked.objects.create(text="a")
    stale = OptimisticallyLocked.objects.get()
    draft.text = "b"
    draft.save()
    stale.issued = True
    with pytest.raises(ConcurrentUpdate), transaction.atomic():
        stale.save()
    assert get_last_value("optimistically locked") is None
    stale.refresh_from_db()
    stale.issued = True
    stale.save()
    assert (stale.text, stale.number, stale.version) == ("b", 1, 2)
