# numbered: shop.models.Invoice
from django.db import models
from gapless_fields import GaplessSequenceField


class Invoice(models.Model):
    total = models.IntegerField(default=0)
    number = GaplessSequenceField(sequence="invoices")


class Order(models.Model):
    """Its own save() writes an invoice: whoever saves an order decides."""

    paid = models.BooleanField(default=False)

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        if self.paid:
            Invoice.objects.create()  # -> outside: view without atomic()

    @property
    def invoice(self):
        return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()

    @property
    def safe_invoice(self):
        return Invoice.objects.create()  # -> inside: transaction.atomic()


class Parcel(models.Model):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        Invoice.objects.create()  # -> inside: transaction.atomic()
