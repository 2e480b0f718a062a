"""django-dirtyfields: what counts as dirty after a number has come."""

from __future__ import annotations

import pytest
from dirtyfields import DirtyFieldsMixin
from django.db import models, transaction

from gapless_fields import GaplessSequenceField, deferred_numbering

pytestmark = pytest.mark.django_db


class Dirty(DirtyFieldsMixin, models.Model):
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="dirty", when="issued", null=True)

    class Meta:
        app_label = "packages"


class DirtyWithout(DirtyFieldsMixin, models.Model):
    FIELDS_TO_CHECK = ["issued"]
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="dirty without", when="issued", null=True)

    class Meta:
        app_label = "packages"


def issue_dirty_fields(model):
    row = model.objects.create()
    row.issued = True
    row.save_dirty_fields()
    return row


def issue_update_fields(model):
    row = model.objects.create()
    row.issued = True
    row.save(update_fields=["issued"])
    return row


def issue_deferred(model):
    with transaction.atomic(), deferred_numbering():
        return model.objects.create(issued=True)


def test_a_row_is_clean_after_its_save():
    row = Dirty.objects.create(issued=True)
    assert (row.number, row.is_dirty()) == (1, False)
    draft = Dirty.objects.create()
    draft.issued = True
    draft.save()
    assert (draft.number, draft.is_dirty()) == (2, False)


@pytest.mark.parametrize("issue", [issue_dirty_fields, issue_update_fields, issue_deferred])
def test_the_number_is_dirty_until_the_next_save_which_changes_nothing(issue):
    row = issue(Dirty)
    assert (row.number, row.get_dirty_fields()) == (1, {"number": None})
    row.save_dirty_fields()
    assert row.get_dirty_fields() == {}
    assert Dirty.objects.get().number == 1


@pytest.mark.parametrize("issue", [issue_dirty_fields, issue_update_fields, issue_deferred])
def test_fields_to_check_leaves_the_number_out(issue):
    row = issue(DirtyWithout)
    assert (row.number, row.is_dirty()) == (1, False)
