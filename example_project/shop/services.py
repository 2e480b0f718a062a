"""The operations of the shop. Each is one transaction."""

import datetime
from decimal import Decimal

from django.core.mail import send_mail
from django.db import transaction

from gapless_fields import deferred_numbering
from shop.models import Company, CreditNote, Invoice, Line, Receipt


@transaction.atomic
def draft_invoice(company: Company, order: str, total: Decimal) -> Invoice:
    """Create the invoice for an order, with its lines. A draft takes no number."""
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
    """Cancel an invoice by a credit note."""
    return CreditNote.objects.create(
        company_id=invoice.company_id, invoice=invoice, total=-invoice.total, issued_on=day
    )


def receive_payment(invoice: Invoice, amount: Decimal, email: str) -> Receipt:
    """Book a payment, and send a receipt for it once it is committed.

    Booking is slow. The numbers of the receipts are taken last, so that other payments do not wait
    for it. The on_commit() callback sees the number, and does not run if the payment was rolled
    back.
    """
    with transaction.atomic(), deferred_numbering():
        receipt = Receipt.objects.create(invoice=invoice, amount=amount)
        transaction.on_commit(lambda: send_receipt(receipt, email))
        book(receipt)
    return receipt


def book(receipt: Receipt) -> None:
    """Write the receipt's lines: the slow part."""
    receipt.text = f"Received {receipt.amount} for {receipt.invoice}."
    receipt.save(update_fields=["text"])


def send_receipt(receipt: Receipt, email: str) -> None:
    send_mail(receipt.reference, receipt.text, None, [email])
