# numbered: shop.models.Invoice shop.models.Receipt
from django.db import models
from django.db.models import Max
from gapless_fields import GaplessSequenceField


class Invoice(models.Model):
    company = models.ForeignKey("Company", models.PROTECT, related_name="invoices")
    position = models.IntegerField(default=1)
    number = GaplessSequenceField(sequence="invoices")

    def save(self, *args, **kwargs):
        if self.number is None:
            last = type(self).objects.aggregate(Max("number"))["number__max"]
            self.number = (last or 0) + 1  # by hand
        super().save(*args, **kwargs)

    @classmethod
    def highest(cls):
        return cls.objects.aggregate(highest=Max("number"))["highest"]


class Company(models.Model):
    code = models.IntegerField()


class ReceiptManager(models.Manager):
    def next_number(self):
        last = self.order_by("-no").first()
        return last.no + 1 if last else 1  # by hand


class Receipt(models.Model):
    no = GaplessSequenceField(sequence="receipts")

    objects = ReceiptManager()
