# numbered: shop.models.Invoice
from django.db import models
from gapless_fields import GaplessSequenceField


class Invoice(models.Model):
    number = GaplessSequenceField(sequence="invoices")
