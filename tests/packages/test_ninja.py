"""django-ninja: the number in schemas of models."""

import pytest
from django.db import models, transaction
from ninja import ModelSchema, Router
from ninja.testing import TestClient

from gapless_fields import GaplessSequenceField, NumberChanged, NumberNotIssued

pytestmark = pytest.mark.django_db


class NinjaTicket(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="ninja tickets")

    class Meta:
        app_label = "packages"


class TicketAll(ModelSchema):
    class Meta:
        model = NinjaTicket
        fields = ["id", "text", "number"]


class TicketIn(ModelSchema):
    class Meta:
        model = NinjaTicket
        exclude = ["id", "number"]


router = Router()


@router.post("/tickets", response=TicketAll)
@transaction.atomic
def create(request, data: TicketIn):
    return NinjaTicket.objects.create(**data.dict())


@router.post("/numbers", response=TicketAll)
@transaction.atomic
def create_with_number(request, data: TicketAll):
    return NinjaTicket.objects.create(**data.dict(exclude_unset=True))


@router.put("/numbers/{pk}", response=TicketAll)
@transaction.atomic
def put(request, pk: int, data: TicketAll):
    ticket = NinjaTicket.objects.get(pk=pk)
    ticket.text, ticket.number = data.text, data.number
    ticket.save()
    return ticket


client = TestClient(router)


def test_the_number_is_optional_and_may_be_left_out():
    schema = TicketAll.model_json_schema()
    assert schema["required"] == ["text"]
    assert schema["properties"]["number"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]
    assert list(TicketIn.model_json_schema()["properties"]) == ["text"]


def test_a_row_is_numbered_and_the_number_answered():
    for number in (1, 2):
        response = client.post("/tickets", json={"text": "a", "number": 7})
        assert (response.status_code, response.json()["number"]) == (200, number)


def test_a_number_that_is_sent_is_refused():
    with pytest.raises(NumberNotIssued), transaction.atomic():
        client.post("/numbers", json={"text": "a", "number": 7})
    assert client.post("/numbers", json={"text": "a"}).json()["number"] == 1


def test_the_none_that_a_put_fills_in_is_refused():
    ticket = NinjaTicket.objects.create(text="a")
    with pytest.raises(NumberChanged), transaction.atomic():
        client.put(f"/numbers/{ticket.pk}", json={"text": "b"})
    ticket.refresh_from_db()
    assert (ticket.text, ticket.number) == ("a", 1)
