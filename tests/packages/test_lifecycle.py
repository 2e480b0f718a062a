"""django-lifecycle: which hooks see the number."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from django_lifecycle import AFTER_SAVE, AFTER_UPDATE, BEFORE_SAVE, LifecycleModelMixin, hook

from gapless_fields import GaplessSequenceField, deferred_numbering

seen = []


class Hooked(LifecycleModelMixin, models.Model):
    issued = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="hooked", when="issued", null=True)

    class Meta:
        app_label = "packages"

    @hook(BEFORE_SAVE)
    def before_save(self):
        seen.append(("before", self.number))

    @hook(AFTER_SAVE)
    def after_save(self):
        seen.append(("after", self.number))

    @hook(AFTER_SAVE, on_commit=True)
    def on_commit(self):
        seen.append(("commit", self.number))

    @hook(AFTER_UPDATE, when="issued", is_now=True, has_changed=True)
    def issue(self):
        seen.append(("issued", self.number))

    @hook(AFTER_UPDATE, when="number", has_changed=True)
    def number_changed(self):
        seen.append(("number", self.number))


@pytest.fixture(autouse=True)
def forget():
    seen.clear()


@pytest.mark.django_db(transaction=True)
def test_hooks_after_the_save_see_the_number_and_those_before_it_do_not():
    with transaction.atomic():
        Hooked.objects.create()
    assert seen == [("before", None), ("after", 1), ("commit", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_hook_on_commit_sees_the_number_that_comes_at_the_end():
    with transaction.atomic(), deferred_numbering():
        Hooked.objects.create()
    assert seen == [("before", None), ("after", None), ("commit", 1)]


@pytest.mark.django_db
def test_a_hook_watches_the_number_of_a_save():
    row = Hooked.objects.create(issued=False)
    seen.clear()
    row.issued = True
    row.save()
    assert seen == [("before", None), ("after", 1), ("issued", 1), ("number", 1)]


@pytest.mark.django_db
def test_with_update_fields_a_hook_watches_the_column_of_when():
    row = Hooked.objects.create(issued=False)
    seen.clear()
    row.issued = True
    row.save(update_fields=["issued"])
    assert seen == [("before", None), ("after", 1), ("issued", 1)]
