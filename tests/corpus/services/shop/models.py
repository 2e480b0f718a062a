# numbered: shop.models.Invoice
from django.db import models
from shop.managers import InvoiceManager, InvoiceQuerySet


class Receipt(models.Model):
    note = models.TextField()


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()
    objects = InvoiceManager()
    issued = InvoiceQuerySet.as_manager()
