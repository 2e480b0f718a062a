"""django-treebeard: nodes are numbered, and a dump that is loaded says what its numbers are."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from treebeard.mp_tree import MP_Node

from gapless_fields import GaplessSequenceField, NumberNotIssued, accept_numbers

pytestmark = pytest.mark.django_db


class Node(MP_Node):
    name = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="treebeard_nodes")

    class Meta:
        app_label = "packages"


def stored():
    return list(Node.objects.order_by("path").values_list("name", "depth", "number"))


def planted():
    root = Node.add_root(name="root")
    root.add_child(name="a")
    root.add_child(name="b")
    return Node.dump_bulk()


def test_nodes_keep_their_numbers_when_they_move():
    planted()
    Node.objects.get(name="b").move(Node.objects.get(name="a"), "first-child")
    assert stored() == [("root", 1, 1), ("a", 2, 2), ("b", 3, 3)]


def test_a_dump_brings_the_old_numbers_along():
    dump = planted()
    with pytest.raises(NumberNotIssued), transaction.atomic():
        Node.load_bulk(dump)
    for node in (dump[0], *dump[0]["children"]):
        del node["data"]["number"]
    Node.load_bulk(dump)
    assert stored()[3:] == [("root", 1, 4), ("a", 2, 5), ("b", 2, 6)]


def test_a_dump_is_loaded_with_its_numbers_inside_accept_numbers():
    dump = planted()
    Node.objects.all().delete()
    with accept_numbers():
        Node.load_bulk(dump)
    assert stored() == [("root", 1, 1), ("a", 2, 2), ("b", 2, 3)]
    assert Node.add_root(name="c").number == 4
