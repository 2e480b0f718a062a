# numbered: shop.models.Invoice shop.models.Item
from crm.models import Customer
from django.conf import settings
from django.db import models


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    hidden = models.ForeignKey("crm.Product", on_delete=models.PROTECT, related_name="+")
    tags = models.ManyToManyField("shop.Tag", related_name="tagged")


class Tag(models.Model):
    name = models.TextField()


class Item(models.Model):
    number = models.PositiveBigIntegerField()
    order = models.ForeignKey("crm.Order", on_delete=models.PROTECT)
    product = models.ForeignKey("crm.Product", on_delete=models.PROTECT)
