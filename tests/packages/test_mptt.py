"""django-mptt: nodes are numbered, and a move that is refused is undone in the tree, too."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from mptt.models import MPTTModel, TreeForeignKey

from gapless_fields import GaplessSequenceField, ScopeChanged

pytestmark = pytest.mark.django_db


class Branch(MPTTModel):
    name = models.CharField(max_length=10)
    parent = TreeForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    number = GaplessSequenceField(sequence="mptt_branches")
    place = GaplessSequenceField(sequence="mptt_places", scope=["parent"])

    class Meta:
        app_label = "packages"


class Twig(MPTTModel):
    parent = TreeForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    number = GaplessSequenceField(sequence="mptt_twigs")

    class Meta:
        app_label = "packages"


def tree(model):
    return list(model.objects.order_by("pk").values_list("number", "parent", "lft", "rght"))


def test_each_parent_counts_its_children():
    roots = [Branch.objects.create(name=name) for name in "ab"]
    leaves = [Branch.objects.create(name="c", parent=root) for root in (*roots, *roots)]
    assert [(row.number, row.place) for row in (*roots, *leaves)] == [
        (1, 1),
        (2, 2),
        (3, 1),
        (4, 1),
        (5, 2),
        (6, 2),
    ]


def test_a_move_that_is_refused_inside_atomic_leaves_the_tree_as_it_was():
    roots = [Branch.objects.create(name=name) for name in "ab"]
    leaf = Branch.objects.create(name="c", parent=roots[0])
    before = tree(Branch)
    assert before[2] == (3, roots[0].pk, 2, 3)
    with pytest.raises(ScopeChanged), transaction.atomic():
        leaf.move_to(roots[1])
    assert tree(Branch) == before


def test_nodes_without_a_scope_keep_their_numbers_wherever_they_move():
    roots = [Twig.objects.create() for _ in range(2)]
    leaf = Twig.objects.create(parent=roots[0])
    with transaction.atomic():
        leaf.move_to(roots[1])
        Twig.objects.rebuild()
    assert tree(Twig) == [(1, None, 1, 2), (2, None, 1, 4), (3, roots[1].pk, 2, 3)]
