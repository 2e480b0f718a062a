# numbered: shop.models.Invoice
from django.db import models


class InvoiceQuerySet(models.QuerySet):
    def write(self):
        return self.create()  # -> outside: view without atomic()


class InvoiceManager(models.Manager):
    def create_draft(self, **values):
        return self.create(**values)  # -> outside: view without atomic()

    def create_paid(self, **values):
        return self.create(**values)  # -> inside: transaction.atomic()


class Customer(models.Model):
    name = models.TextField()


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    objects = InvoiceManager.from_queryset(InvoiceQuerySet)()
    archived = models.Manager()
