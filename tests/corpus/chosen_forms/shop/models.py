# numbered: shop.models.Invoice
from django.db import models


class Invoice(models.Model):
    name = models.CharField(max_length=9)
