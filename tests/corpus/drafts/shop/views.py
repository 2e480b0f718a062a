from datetime import date

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from shop.models import Bill, Claim, Invoice, Note, Order, State


def issue(request, pk):
    invoice = get_object_or_404(Invoice, pk=pk)
    invoice.issued_on = timezone.now()
    invoice.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)
    invoice.save()


def issue_column(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    today = date.today()
    invoice.issued_on = today
    invoice.note = request.POST["note"]
    invoice.save(update_fields=["issued_on"])  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)


def leave_column(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    invoice.issued_on = date.today()
    invoice.save(update_fields=["note"])


def issue_inside(request, pk):
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update().get(pk=pk)
        invoice.issued_on = date.today()
        invoice.save()  # -> inside: transaction.atomic(); the UPDATE issues a draft (issued_on)


def issue_all(request):
    for invoice in Invoice.objects.filter(issued_on=None):
        if not invoice.issued_on:
            invoice.issued_on = date.today()
        invoice.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)


def keep_draft(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    invoice.note = "later"
    invoice.save()
    invoice.issued_on = None
    invoice.save()
    invoice.issued_on = date.today()
    invoice.issued_on = None
    invoice.save()


def never_saved(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    invoice.issued_on = date.today()
    return invoice.preview()


def may_be_none(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    invoice.issued_on = request.POST.get("issued_on")
    invoice.save()  # -> unknown: whether it issues a draft (issued_on) is not certain


def correct(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    if invoice.number is None:
        return
    invoice.issued_on = date.today()
    invoice.save()
    if invoice.issued_on:
        invoice.issued_on = date.today()
        invoice.save()


def correct_found(request, number):
    invoice = Invoice.objects.get(number=number)
    invoice.issued_on = date.today()
    invoice.save()
    for other in Invoice.objects.filter(issued_on__isnull=False):
        other.issued_on = date.today()
        other.save()
    for other in Invoice.objects.exclude(number=None):
        other.issued_on = date.today()
        other.save()


def by_method(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    invoice.issue()
    invoice.issue_safely()
    invoice.mark_issued()
    invoice.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)
    invoice.rename("x")
    invoice.withdraw()


def new(request):
    invoice = Invoice()
    invoice.issued_on = date.today()
    invoice.save()  # -> outside: view without atomic()


def helper(invoice):
    invoice.issued_on = date.today()
    invoice.save()  # -> outside: view without atomic()


def by_helper(request, pk):
    helper(Invoice.objects.get(pk=pk))


def unasked(invoice):
    invoice.issued_on = date.today()
    invoice.save()  # -> unknown: unasked() leaves the transaction to its callers; the UPDATE issues a draft (issued_on)


def other_rows(request, parcel):
    parcel.issued_on = date.today()
    parcel.save()


def bill(request, pk):
    one = Bill.objects.get(pk=pk)
    one.state = State.ISSUED
    one.save()  # -> outside: view without atomic(); Bill.save() opens atomic(), which ends before the lines after it; the UPDATE issues a draft (state)
    other = Bill.objects.get(pk=pk)
    other.state = "issued"
    other.save()  # -> outside: view without atomic(); Bill.save() opens atomic(), which ends before the lines after it; the UPDATE issues a draft (state)
    draft = Bill.objects.get(pk=pk)
    draft.state = State.DRAFT
    draft.save()
    given = Bill.objects.get(pk=pk)
    given.state = request.POST["state"]
    given.save()  # -> unknown: whether it issues a draft (state) is not certain


def note(request, pk):
    one = Note.objects.get(pk=pk)
    one.state = "paid"
    one.save()  # -> unknown: whether it issues a draft (state) is not certain
    one.state = "draft"
    one.save()
    other = Note.objects.get(pk=pk)
    if other.state == "draft":
        other.state = "sent"
        other.save()  # -> outside: view without atomic(); the UPDATE issues a draft (state)


def order(request, pk):
    one = Order.objects.get(pk=pk)
    one.place()
    one.save()  # -> outside: view without atomic(); the UPDATE issues a draft (state)
    other = Order.objects.get(pk=pk)
    other.drop()
    other.save()


def claim(request, pk):
    one = Claim.objects.get(pk=pk)
    one.signed = True
    one.state = "open"
    one.save()  # -> outside: view without atomic(); the UPDATE issues a draft (signed, state)
    other = Claim.objects.get(pk=pk)
    other.signed = True
    other.save()  # -> unknown: whether it issues a draft (signed) is not certain


def new_or_draft(request, pk):
    try:
        invoice = Invoice.objects.get(pk=pk)
    except Invoice.DoesNotExist:
        invoice = Invoice()
    invoice.issued_on = date.today()
    invoice.save()  # -> outside: view without atomic()


def issue_in_a_chain(request, pk):
    Invoice.objects.get(pk=pk).marked().save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)
    invoice = Invoice.objects.get(pk=pk).marked()
    invoice.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)
