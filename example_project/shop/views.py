from decimal import Decimal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from shop.models import Company, Invoice
from shop.services import draft_invoice, issue, receive_payment


@require_POST
def issue_invoice(request: HttpRequest, code: str) -> HttpResponse:
    """Write an invoice and issue it, or neither."""
    company = get_object_or_404(Company, code=code)
    with transaction.atomic():
        invoice = draft_invoice(company, request.POST["order"], Decimal(request.POST["total"]))
        issue(invoice, timezone.localdate())
    return HttpResponse(f"{invoice}\n")


@require_POST
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """Receive a payment for an invoice. The service opens the transaction."""
    invoice = get_object_or_404(Invoice, company__code=code, order=request.POST["order"])
    receipt = receive_payment(invoice, Decimal(request.POST["amount"]), request.POST["email"])
    return HttpResponse(f"{receipt}\n")
