"""What the shop does; each step is one transaction."""

import datetime
from decimal import Decimal

from django.db import transaction

from shop.models import Company, CreditNote, Invoice, Line


@transaction.atomic
def draft_invoice(company: Company, order: str, total: Decimal) -> Invoice:
    """Write the invoice for an order, with its lines. A draft takes no number."""
    invoice = Invoice.objects.create(company=company, order=order, total=total)
    Line.objects.create(invoice=invoice, text=f"Order {order}")
    return invoice


@transaction.atomic
def issue(invoice: Invoice, day: datetime.date) -> Invoice:
    """Issue a draft: this save gives it the next number of its company and year.

    The number and everything else of this step are committed together, or not at all.
    """
    invoice.issued_on = day
    invoice.save(update_fields=["issued_on"])
    return invoice


@transaction.atomic
def credit(invoice: Invoice, day: datetime.date) -> CreditNote:
    """Take an invoice back."""
    return CreditNote.objects.create(
        company_id=invoice.company_id, invoice=invoice, total=-invoice.total, issued_on=day
    )
