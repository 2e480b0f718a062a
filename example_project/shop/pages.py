"""The pages of the shop. What they write, the services write."""

import uuid
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from shop.models import Company, CreditNote, Invoice
from shop.services import credit, draft_invoice, issue

SHOWN = 50


class DraftForm(forms.Form):
    """What a draft needs."""

    text = forms.CharField(label="What for", max_length=100)
    total = forms.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal("0.01"))


@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    """List the companies."""
    found = Company.objects.order_by("code").annotate(
        drafts=Count("invoice", filter=Q(invoice__issued_on=None)), last=Max("invoice__issued_on")
    )
    return render(request, "shop/companies.html", {"companies": found})


@require_http_methods(["GET", "POST"])
def company(request: HttpRequest, code: str) -> HttpResponse:
    """Show the drafts and documents of a company, or write a draft."""
    company = get_object_or_404(Company, code=code)
    form = DraftForm(request.POST or None)
    if form.is_valid():
        order = f"{form.cleaned_data['text'][:30]} {uuid.uuid4().hex[:8]}"
        draft = draft_invoice(company, order, form.cleaned_data["total"])
        messages.success(request, "The draft is saved. It has no number.")
        return redirect("invoice", draft.pk)
    invoices = Invoice.objects.filter(company=company).select_related("company")
    notes = CreditNote.objects.filter(company=company).select_related("company", "invoice__company")
    numbered = [*invoices.exclude(number=None), *notes.exclude(number=None)]
    numbered.sort(key=lambda row: (row.issued_on, row.number), reverse=True)
    return render(
        request,
        "shop/company.html",
        {
            "company": company,
            "form": form,
            "drafts": invoices.filter(number=None).order_by("-pk")[:SHOWN],
            "documents": numbered[:SHOWN],
        },
    )


@require_http_methods(["GET", "POST"])
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an invoice, or issue a draft, or cancel an invoice by a credit note."""
    invoice = get_object_or_404(Invoice.objects.select_related("company"), pk=pk)
    notes = CreditNote.objects.filter(invoice=invoice).select_related("company")
    if request.method == "POST":
        if request.POST.get("action") == "issue" and invoice.issued_on is None:
            issue(invoice, timezone.localdate())
            messages.success(request, f"{invoice} is issued.")
        elif request.POST.get("action") == "credit" and invoice.number and not notes.exists():
            messages.success(request, f"{credit(invoice, timezone.localdate())} is issued.")
        return redirect("invoice", pk)
    return render(
        request, "shop/invoice.html", {"invoice": invoice, "notes": notes, "lines": invoice.lines}
    )
