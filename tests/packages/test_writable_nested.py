"""drf-writable-nested: rows and their lines, in one transaction."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, models, transaction
from drf_writable_nested import WritableNestedModelSerializer
from rest_framework import serializers

from gapless_fields import GaplessSequenceField, get_last_value


class Nest(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="nests")

    class Meta:
        app_label = "packages"


class Egg(models.Model):
    nest = models.ForeignKey(Nest, on_delete=models.CASCADE, related_name="eggs")
    weight = models.IntegerField()
    number = GaplessSequenceField(sequence="eggs")

    class Meta:
        app_label = "packages"
        constraints = [models.CheckConstraint(condition=models.Q(weight__gt=0), name="egg_weight")]


class EggSerializer(serializers.ModelSerializer):
    class Meta:
        model = Egg
        fields = ["pk", "weight", "number"]


class OpenNestSerializer(WritableNestedModelSerializer):
    eggs = EggSerializer(many=True)

    class Meta:
        model = Nest
        fields = ["text", "number", "eggs"]


class NestSerializer(OpenNestSerializer):
    @transaction.atomic
    def save(self, **kwargs):
        return super().save(**kwargs)


class KeepingNestSerializer(NestSerializer):
    def delete_reverse_relations_if_need(self, instance, reverse_relations):
        pass


def save(serializer_class, instance=None, **data):
    serializer = serializer_class(instance, data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.save()


def eggs():
    return list(Egg.objects.order_by("pk").values_list("weight", "number"))


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_a_line_that_fails_leaves_the_rest():
    with pytest.raises(IntegrityError):
        save(OpenNestSerializer, text="a", eggs=[{"weight": 1}, {"weight": 0}])
    assert (Nest.objects.get().number, eggs()) == (1, [(1, 1)])


@pytest.mark.django_db(transaction=True)
def test_a_line_that_fails_takes_no_numbers():
    with pytest.raises(IntegrityError):
        save(NestSerializer, text="a", eggs=[{"weight": 1}, {"weight": 0}])
    assert (get_last_value("nests"), get_last_value("eggs")) == (None, None)
    nest = save(NestSerializer, text="a", eggs=[{"weight": 1}, {"weight": 2}])
    assert (nest.number, eggs()) == (1, [(1, 1), (2, 2)])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("serializer_class", "left"),
    [(NestSerializer, [(5, 2), (3, 3)]), (KeepingNestSerializer, [(1, 1), (5, 2), (3, 3)])],
)
def test_lines_that_an_update_leaves_out(serializer_class, left):
    nest = save(serializer_class, text="a", eggs=[{"weight": 1}, {"weight": 2}])
    second = nest.eggs.get(weight=2)
    save(serializer_class, nest, text="b", eggs=[{"pk": second.pk, "weight": 5}, {"weight": 3}])
    assert eggs() == left
    assert Nest.objects.get().number == 1
