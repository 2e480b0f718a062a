# numbered: shop.models.Invoice
from django.db import models


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()
    note = models.TextField()
