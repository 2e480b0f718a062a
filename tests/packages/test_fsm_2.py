"""django-fsm-2: the transition sets the state, and the save() after it takes the number."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from django_fsm import ConcurrentTransition, ConcurrentTransitionMixin, FSMField
from django_fsm import transition as fsm_transition

from gapless_fields import GaplessSequenceField, get_last_value

pytestmark = pytest.mark.django_db


class StateMachine(models.Model):
    state = FSMField(default="draft", protected=True)
    number = GaplessSequenceField(
        sequence="state machines", when=models.Q(state="issued"), null=True
    )

    class Meta:
        app_label = "packages"

    @fsm_transition(field=state, source="draft", target="issued")
    def issue(self):
        pass


class ConcurrentStateMachine(ConcurrentTransitionMixin, models.Model):
    state = FSMField(default="draft", protected=True)
    number = GaplessSequenceField(
        sequence="concurrent state machines", when=models.Q(state="issued"), null=True
    )

    class Meta:
        app_label = "packages"

    @fsm_transition(field=state, source="draft", target="issued")
    def issue(self):
        pass


@pytest.mark.parametrize("model", [StateMachine, ConcurrentStateMachine])
def test_the_save_after_the_transition_takes_the_number(model):
    first, second = model.objects.create(), model.objects.create()
    second.issue()
    assert (second.state, second.number) == ("issued", None)
    second.save()
    assert second.number == 1
    first.issue()
    first.save(update_fields=["state"])
    assert list(model.objects.order_by("pk").values_list("number", flat=True)) == [2, 1]


def test_a_transition_that_another_has_made_takes_no_number():
    row = ConcurrentStateMachine.objects.create()
    other = ConcurrentStateMachine.objects.get()
    row.issue()
    row.save()
    other.issue()
    with pytest.raises(ConcurrentTransition), transaction.atomic():
        other.save()
    row.refresh_from_db()
    assert row.number == get_last_value("concurrent state machines") == 1
