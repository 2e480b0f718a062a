"""strawberry-graphql-django: the type of the number."""

import pytest
import strawberry
import strawberry_django
from django.db import models
from strawberry_django.fields.types import field_type_map

from gapless_fields import GaplessSequenceField, accept_numbers

pytestmark = pytest.mark.django_db


class Berry(models.Model):
    issued = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="berries", when="issued", null=True)

    class Meta:
        app_label = "packages"


@strawberry_django.type(Berry)
class BerryType:
    issued: strawberry.auto
    number: int | None


@strawberry_django.input(Berry)
class BerryInput:
    issued: strawberry.auto


@strawberry.type
class BerryQuery:
    berries: list[BerryType] = strawberry_django.field()


@strawberry.type
class BerryMutation:
    create: BerryType = strawberry_django.mutations.create(BerryInput)


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setitem(
        field_type_map, GaplessSequenceField, field_type_map[models.PositiveBigIntegerField]
    )


def automatic_schema():
    @strawberry_django.type(Berry)
    class AutomaticBerry:
        number: strawberry.auto

    @strawberry.type
    class AutomaticQuery:
        berries: list[AutomaticBerry] = strawberry_django.field()

    return strawberry.Schema(AutomaticQuery)


def test_a_row_is_numbered_and_the_number_answered():
    schema = strawberry.Schema(BerryQuery, BerryMutation)
    for number in (1, 2):
        result = schema.execute_sync("mutation { create(data: {issued: true}) { number } }")
        assert (result.errors, result.data) == (None, {"create": {"number": number}})
    Berry.objects.all().delete()
    Berry.objects.create(issued=False)
    result = schema.execute_sync("{ berries { issued number } }")
    assert result.data == {"berries": [{"issued": False, "number": None}]}


def test_auto_does_not_know_the_field():
    with pytest.raises(TypeError, match="packages.Berry.number' has not been implemented"):
        automatic_schema()


def test_auto_knows_the_field_once_it_is_told(told):
    Berry.objects.create()
    result = automatic_schema().execute_sync("{ berries { number } }")
    assert (result.errors, result.data) == (None, {"berries": [{"number": 1}]})


def test_a_number_beyond_an_int_is_an_error_of_the_query():
    with accept_numbers():
        Berry.objects.create(number=2**31 - 1)
    schema = strawberry.Schema(BerryQuery)
    result = schema.execute_sync("{ berries { number } }")
    assert (result.errors, result.data) == (None, {"berries": [{"number": 2**31 - 1}]})
    Berry.objects.create()
    (error,) = schema.execute_sync("{ berries { number } }").errors
    assert "Int cannot represent non 32-bit signed integer value: 2147483648" in error.message
