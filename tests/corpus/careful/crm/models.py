from django.db import models


class Customer(models.Model):
    """Another package's: its invoices are not ours."""


class Invoice(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invoices")

    class Meta:
        ordering = ["pk"]
