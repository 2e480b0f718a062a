# numbered: shop.models.Invoice
"""A numbered model and its neighbours; nothing in this project numbers a row."""

from django.db import models


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()
    paid = models.BooleanField(default=False)

    def mark_paid(self):
        self.paid = True
        self.save()

    def touch(self):
        self.save(update_fields=["paid"])

    def save(self, *args, **kwargs):
        self.full_clean()
        super().save(*args, **kwargs)


class Customer(models.Model):
    name = models.CharField(max_length=10)


class InvoiceItem(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="items")
