"""What the shop does; each step is one transaction."""

from decimal import Decimal

from django.db import transaction

from shop.models import Invoice, Line


@transaction.atomic
def issue_invoice(order: str, total: Decimal) -> Invoice:
    """Issue the invoice for an order, with its lines.

    The number and everything else of this step are committed together, or not at all.
    """
    invoice = Invoice.objects.create(order=order, total=total)
    Line.objects.create(invoice=invoice, text=f"Order {order}")
    return invoice
