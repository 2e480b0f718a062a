# numbered: shop.models.Invoice shop.models.Receipt
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from gapless_fields import GaplessSequenceField


class Customer(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)


class Invoice(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="invoices")
    pdf = models.FileField()
    notes = GenericRelation("crm.Note", related_name="noted")
    number = GaplessSequenceField(sequence="invoices")


class Receipt(models.Model):
    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="receipt")
    number = GaplessSequenceField(sequence="receipts")
