"""Wrong on purpose: see what ``manage.py check --settings=example.wrong`` says about it."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from shop.models import Company, Invoice


@require_POST
def issue_wrong(request: HttpRequest, code: str) -> HttpResponse:
    """Issue an invoice, outside ``atomic()``.

    If the second line fails, the invoice remains without its line, and keeps its number.
    """
    company = get_object_or_404(Company, code=code)
    order, total, today = (
        request.POST["order"],
        Decimal(request.POST["total"]),
        timezone.localdate(),
    )
    invoice = Invoice.objects.create(company=company, order=order, total=total, issued_on=today)
    invoice.lines.create(text=f"Order {order}")
    return HttpResponse(f"{invoice}\n")
