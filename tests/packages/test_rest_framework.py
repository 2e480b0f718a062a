"""djangorestframework: a number is not for input, and a change of the series is an error."""

from __future__ import annotations

import pytest
from django.db import models
from rest_framework import serializers

from gapless_fields import GaplessSequenceField

pytestmark = pytest.mark.django_db


class RestServed(models.Model):
    area = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="rest served", scope=["area"])

    class Meta:
        app_label = "packages"


class RestServedSerializer(serializers.ModelSerializer):
    class Meta:
        model = RestServed
        fields = ["area", "number"]

    def validate(self, attrs):
        served = RestServed.objects.get(pk=self.instance.pk) if self.instance else RestServed()
        for name, value in attrs.items():
            setattr(served, name, value)
        served.full_clean()
        return attrs


def test_a_number_that_is_sent_is_ignored():
    serializer = RestServedSerializer(data={"area": "a", "number": 7})
    serializer.is_valid(raise_exception=True)
    serializer.save()
    assert serializer.data == {"area": "a", "number": 1}
    serializer = RestServedSerializer(RestServed.objects.get(), data={"area": "a", "number": 7})
    serializer.is_valid(raise_exception=True)
    serializer.save()
    assert RestServed.objects.get().number == 1


def test_a_change_of_the_series_is_an_error_of_its_column():
    row = RestServed.objects.create(area="a")
    serializer = RestServedSerializer(row, data={"area": "b"})
    assert not serializer.is_valid()
    assert list(serializer.errors) == ["area"]
    with pytest.raises(serializers.ValidationError) as caught:
        serializer.is_valid(raise_exception=True)
    assert caught.value.status_code == 400
