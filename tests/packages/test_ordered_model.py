"""django-ordered-model: rows move and keep their numbers."""

from __future__ import annotations

import pytest
from django.db import transaction
from ordered_model.models import OrderedModel

from gapless_fields import GaplessSequenceField, ScopeChanged

pytestmark = pytest.mark.django_db


class Ordered(OrderedModel):
    number = GaplessSequenceField(sequence="ordered")

    class Meta(OrderedModel.Meta):
        app_label = "packages"


class OrderInScope(OrderedModel):
    number = GaplessSequenceField(sequence="order_in_scope", scope=["order"])

    class Meta(OrderedModel.Meta):
        app_label = "packages"


def test_rows_keep_their_numbers_wherever_they_move():
    rows = [Ordered.objects.create() for _ in range(3)]
    rows[2].top()
    rows[0].refresh_from_db()
    rows[0].down()
    rows[1].refresh_from_db()
    rows[1].to(0)
    assert list(Ordered.objects.values_list("order", "number")) == [(0, 2), (1, 3), (2, 1)]
    assert Ordered.objects.create().number == 4


def test_a_row_with_its_order_in_the_scope_cannot_move():
    rows = [OrderInScope.objects.create() for _ in range(2)]
    with pytest.raises(ScopeChanged), transaction.atomic():
        rows[1].top()
    assert list(OrderInScope.objects.values_list("order", "number")) == [(0, 1), (1, 1)]
