from decimal import Decimal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from shop.models import Invoice
from shop.services import issue_invoice


@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Issue an invoice: the whole step is one transaction, in the service."""
    invoice = issue_invoice(request.POST["order"], Decimal(request.POST["total"]))
    return HttpResponse(f"{invoice}\n")


@require_POST
def issue_wrong(request: HttpRequest) -> HttpResponse:
    """Wrong on purpose: see what "manage.py check" says about it.

    If the second line fails, the invoice stays without its line, and its number with it.
    """
    invoice = Invoice.objects.create(order=request.POST["order"], total=request.POST["total"])
    invoice.lines.create(text=f"Order {invoice.order}")
    return HttpResponse(f"{invoice}\n")


@require_POST
def issue_two(request: HttpRequest) -> HttpResponse:
    """Issue two invoices, or none."""
    with transaction.atomic():
        first = issue_invoice(f"{request.POST['order']}/1", Decimal(request.POST["total"]))
        second = issue_invoice(f"{request.POST['order']}/2", Decimal(request.POST["total"]))
    return HttpResponse(f"{first}, {second}\n")
