from django.db import models
from django.db.models.functions import ExtractYear

from gapless_fields import GaplessSequenceField, NumberDisplay


class Company(models.Model):
    code = models.CharField(max_length=10, unique=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.code


class Document(models.Model):
    """What invoices and credit notes have in common: one series of numbers per company and year.

    A draft has no number. It gets one when ``issued_on`` is set.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    issued_on = models.DateField(null=True, blank=True)
    number = GaplessSequenceField(
        sequence="documents", scope=["company", "issued_on__year"], when="issued_on", null=True
    )
    # Stored for the unique constraint: MariaDB does not support indexes on expressions.
    year = models.GeneratedField(
        expression=ExtractYear("issued_on"),
        output_field=models.IntegerField(),
        db_persist=True,
        null=True,
    )

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["company", "year", "number"], name="%(class)s_number_in_series"
            ),
            models.CheckConstraint(
                condition=models.Q(issued_on=None) | models.Q(number__isnull=False),
                name="%(class)s_issued_with_a_number",
            ),
        ]


class Invoice(Document):
    order = models.CharField(max_length=40, unique=True)
    reference = NumberDisplay("{company.code}-{issued_on:%Y}-{number:05d}")

    def __str__(self) -> str:
        return f"Invoice {self.reference or 'draft'}"


class CreditNote(Document):
    """A document that cancels an invoice. Shares the invoices' numbers."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT)
    reference = NumberDisplay("{company.code}-{issued_on:%Y}-{number:05d}-CN")

    def __str__(self) -> str:
        return f"Credit note {self.reference or 'draft'}"


class Line(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text


class Receipt(models.Model):
    """A document that a customer gets by e-mail for a payment."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="receipts")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    text = models.TextField(blank=True)
    # null=True: inside deferred_numbering(), a row exists before it has a number.
    number = GaplessSequenceField(sequence="receipts", null=True)
    reference = NumberDisplay("R-{number:06d}")

    def __str__(self) -> str:
        return f"Receipt {self.reference}"
