# numbered: shop.models.Invoice shop.models.Bill shop.models.Case
from django.db import models
from django_lifecycle import LifecycleModel
from gapless_fields import GaplessSequenceField


class Customer(models.Model):
    pass


class Invoice(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT)
    number = GaplessSequenceField(sequence="invoices")

    def close(self):
        self.save()

    def open(self):
        self.save()  # -> outside: view (@require_POST) without atomic()


class Bill(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT)
    number = GaplessSequenceField(sequence="bills")


class Case(LifecycleModel):
    """Its base's save() opens a transaction, in another package."""

    number = GaplessSequenceField(sequence="cases")
