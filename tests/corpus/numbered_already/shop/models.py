# numbered: shop.models.Bill shop.models.Invoice
from django.db import models
from django.db.models import Q
from gapless_fields import GaplessSequenceField


class Bill(models.Model):
    """A draft takes its number where it is issued."""

    state = models.CharField(max_length=9, default="draft")
    note = models.TextField()
    number = GaplessSequenceField(sequence="bills", when=Q(state__in=["issued", "paid"]), null=True)

    @property
    def is_issued(self):
        return self.number is not None

    def is_draft(self):
        return self.state == "draft"


class Invoice(models.Model):
    issued_on = models.DateField(null=True)
    number = GaplessSequenceField(sequence="invoices", when="issued_on", null=True)
