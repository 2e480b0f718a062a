"""graphene-django: the number is read as a BigInt, and no mutation takes it."""

from __future__ import annotations

import graphene
import pytest
from django import forms
from django.db import models
from graphene_django import DjangoObjectType
from graphene_django.forms.mutation import DjangoModelFormMutation

from gapless_fields import GaplessSequenceField

pytestmark = pytest.mark.django_db


class Graphed(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="graphene", initial_value=2**31)

    class Meta:
        app_label = "packages"


class GraphedType(DjangoObjectType):
    class Meta:
        model = Graphed
        fields = "__all__"


class GraphedForm(forms.ModelForm):
    class Meta:
        model = Graphed
        fields = "__all__"


class WriteGraphed(DjangoModelFormMutation):
    graphed = graphene.Field(GraphedType)

    class Meta:
        form_class = GraphedForm


class Query(graphene.ObjectType):
    rows = graphene.List(GraphedType)

    def resolve_rows(self, info):
        return Graphed.objects.order_by("number")


class Mutation(graphene.ObjectType):
    write = WriteGraphed.Field()


schema = graphene.Schema(query=Query, mutation=Mutation)


def test_a_number_beyond_the_integers_of_graphql_is_read():
    Graphed.objects.bulk_create([Graphed(text="a"), Graphed(text="b")])
    result = schema.execute("{ rows { text number } }")
    assert result.errors is None
    assert result.data["rows"] == [
        {"text": "a", "number": 2147483648},
        {"text": "b", "number": 2147483649},
    ]
    assert "  number: BigInt!" in str(schema)


def test_a_mutation_numbers_its_row_and_takes_no_number():
    result = schema.execute('mutation { write(input: {text: "a"}) { graphed { number } } }')
    assert (result.errors, result.data["write"]["graphed"]) == (None, {"number": 2**31})
    sent = schema.execute('mutation { write(input: {text: "a", number: 7}) { clientMutationId } }')
    assert "Field 'number' is not defined by type 'WriteGraphedInput'" in sent.errors[0].message
