from django.db import models

from gapless_fields import GaplessSequenceField


class Invoice(models.Model):
    """Numbered 1, 2, 3, … whatever becomes of the saves in between."""

    number = GaplessSequenceField(sequence="invoices")
    order = models.CharField(max_length=40, unique=True)
    total = models.DecimalField(max_digits=10, decimal_places=2)

    def __str__(self) -> str:
        return f"Invoice {self.number}"


class Line(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text
