"""django-modelcluster: a cluster, and its copy without the number."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from gapless_fields import GaplessSequenceField, NumberNotIssued

pytestmark = pytest.mark.django_db


class Cluster(ClusterableModel):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="clusters")

    class Meta:
        app_label = "packages"


class ClusterLine(models.Model):
    cluster = ParentalKey(Cluster, on_delete=models.CASCADE, related_name="lines")
    number = GaplessSequenceField(sequence="cluster lines")

    class Meta:
        app_label = "packages"


@pytest.fixture
def cluster():
    cluster = Cluster(text="a", lines=[ClusterLine(), ClusterLine()])
    cluster.save()
    return cluster


def test_the_rows_of_a_cluster_are_numbered_when_it_is_saved(cluster):
    assert cluster.number == 1
    lines = ClusterLine.objects.order_by("pk").values_list("cluster__number", "number")
    assert list(lines) == [(1, 1), (1, 2)]


def test_a_copy_without_the_number_has_one_of_its_own(cluster):
    copy, _children = cluster.copy_cluster(exclude_fields=["number"])
    copy.save()
    assert sorted(line.number for line in copy.lines.all()) == [3, 4]
    clusters = Cluster.objects.order_by("pk").values_list("text", "number")
    assert list(clusters) == [("a", 1), ("a", 2)]


def test_a_copy_with_the_number_is_refused(cluster):
    copy, _children = cluster.copy_cluster()
    with pytest.raises(NumberNotIssued), transaction.atomic():
        copy.save()
    assert Cluster.objects.count() == 1
