# numbered: shop.models.Invoice
from typing import Generic, TypeVar

from django.db import models
from gapless_fields import GaplessSequenceField

Row = TypeVar("Row")


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def issue(self):
        return self.create()  # -> outside: task (@shared_task) without atomic()


class InvoiceManager(models.Manager["Invoice"]):
    def issue_one(self):
        return self.create()  # -> outside: task (@shared_task) without atomic()


class Invoice(models.Model):
    total = models.IntegerField(default=0)
    number = GaplessSequenceField(sequence="invoices")

    objects = InvoiceManager.from_queryset(InvoiceQuerySet)()
