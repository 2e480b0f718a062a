# numbered: shop.models.Invoice
from django.db import models


class Customer(models.Model):
    name = models.TextField()


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
