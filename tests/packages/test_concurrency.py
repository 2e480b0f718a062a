"""django-concurrency: a save that comes too late takes no number."""

from __future__ import annotations

import pytest
from concurrency.exceptions import RecordModifiedError
from concurrency.fields import AutoIncVersionField, IntegerVersionField
from django.db import models, transaction

from gapless_fields import GaplessSequenceField, get_last_value

pytestmark = pytest.mark.django_db


class ContestedVersion(models.Model):
    version = IntegerVersionField()
    text = models.CharField(max_length=10)
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="contested version", when="issued", null=True)

    class Meta:
        app_label = "packages"


class ContestedCount(models.Model):
    version = AutoIncVersionField()
    text = models.CharField(max_length=10)
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="contested count", when="issued", null=True)

    class Meta:
        app_label = "packages"


@pytest.mark.parametrize("model", [ContestedVersion, ContestedCount])
def test_a_record_modified_error_takes_no_number(model):
    draft = model.objects.create(text="a")
    stale = model.objects.get()
    draft.text = "b"
    draft.save()
    stale.issued = True
    with pytest.raises(RecordModifiedError), transaction.atomic():
        stale.save()
    assert get_last_value(model._meta.get_field("number").sequence) is None
    fresh = model.objects.get()
    fresh.issued = True
    fresh.save()
    assert (fresh.text, fresh.number) == ("b", 1)
    assert model.objects.create(issued=True).number == 2
