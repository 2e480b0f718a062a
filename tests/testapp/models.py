"""Models of every shape that a numbered field may be declared on."""

from __future__ import annotations

import uuid

from django.db import models
from simple_history.models import HistoricalRecords

from gapless_fields import GaplessSequenceField


class Customer(models.Model):
    name = models.CharField(max_length=50)


class Invoice(models.Model):
    """The common case."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    note = models.CharField(max_length=50, default="")
    # A second row with the same reference is a failed INSERT.
    reference = models.CharField(max_length=50, null=True, blank=True, unique=True)
    number = GaplessSequenceField(sequence="invoices")


class PaidInvoice(Invoice):
    class Meta:
        proxy = True


class Numbered(models.Model):
    number = GaplessSequenceField(sequence="%(app_label)s.%(class)s", initial_value=100)

    class Meta:
        abstract = True


class Ticket(Numbered):
    title = models.CharField(max_length=50)


class Case(Numbered):
    title = models.CharField(max_length=50)


class Document(models.Model):
    """A multi-table parent that is numbered."""

    number = GaplessSequenceField(sequence="documents")


class Letter(Document):
    text = models.CharField(max_length=50)


class Person(models.Model):
    name = models.CharField(max_length=50)


class Member(Person):
    """A multi-table child that is numbered, of a parent that is not."""

    number = GaplessSequenceField(sequence="members")


class Job(models.Model):
    """Loops: 1, 2, 3, 1, …"""

    number = GaplessSequenceField(sequence="jobs", reset_value=4)


class Receipt(models.Model):
    number = GaplessSequenceField(sequence="shared")


class Refund(models.Model):
    number = GaplessSequenceField(sequence="shared")


class Forward(models.Model):
    """Two sequences, in the opposite order of Backward."""

    first = GaplessSequenceField(sequence="a")
    second = GaplessSequenceField(sequence="b", unique=False)


class Backward(models.Model):
    first = GaplessSequenceField(sequence="b", unique=False)
    second = GaplessSequenceField(sequence="a", unique=False)


class Bare(models.Model):
    """Nothing but a number."""

    number = GaplessSequenceField(sequence="bare")


class Parcel(models.Model):
    """A primary key that is known before the INSERT."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = GaplessSequenceField(sequence="parcels")


class Legacy(models.Model):
    """Rows may have been numbered, or left without a number, by other means."""

    note = models.CharField(max_length=50, default="")
    number = GaplessSequenceField(sequence="legacy", null=True)


class Doubled(models.Model):
    """A generated column that depends on the number."""

    number = GaplessSequenceField(sequence="doubled")
    double = models.GeneratedField(
        expression=models.F("number") * 2,
        output_field=models.BigIntegerField(),
        db_persist=True,
    )


class Order(models.Model):
    note = models.CharField(max_length=50, default="")
    number = GaplessSequenceField(sequence="orders")
    history = HistoricalRecords()


class Plain(models.Model):
    """Not numbered."""

    note = models.CharField(max_length=50, default="")
