from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from stripe import Invoice as StripeInvoice

import stripe
from othershop.models import Invoice as TheirInvoice
from shop.models import Customer, Invoice, InvoiceItem


def index(request):
    return render(request, "index.html", {"invoices": Invoice.objects.all()})


def other_models(request):
    Customer.objects.create(name="A")
    Customer(name="B").save()
    StripeInvoice.objects.create()
    StripeInvoice.create()
    stripe.Invoice.create()
    stripe.Invoice().save()
    TheirInvoice.objects.create()
    return HttpResponse()


def of_a_local_name(request):
    Invoice = request.registry["Invoice"]
    Invoice.objects.create()
    return HttpResponse()


def preview(request):
    invoice = Invoice(paid=False)
    invoice.full_clean()
    return render(request, "preview.html", {"invoice": invoice})


def previews(request):
    invoices = [Invoice(paid=False) for _ in range(3)]
    return render(request, "previews.html", {"invoices": invoices})


def update(request, pk):
    invoice = get_object_or_404(Invoice, pk=pk)
    invoice.paid = True
    invoice.save()
    return HttpResponse()


def update_in_a_loop(request):
    for invoice in Invoice.objects.filter(paid=False):
        invoice.paid = True
        invoice.save()
    for number, invoice in enumerate(Invoice.objects.all()):
        invoice.save()
    return HttpResponse()


def update_of_the_first(request):
    invoice = Invoice.objects.first()
    invoice.save()
    Invoice.objects.order_by("pk")[0].save()
    Invoice.objects.get(pk=1).save()
    Invoice.objects.latest("pk").save()
    Invoice.objects.filter(paid=True).update(paid=False)
    return HttpResponse()


def update_of_some_fields(invoice: Invoice):
    invoice.save(update_fields=["paid"])
    invoice.save(force_update=True)


def items(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    invoice.items.create()
    InvoiceItem.objects.create(invoice=invoice)
    InvoiceItem(invoice=invoice).save()
    return HttpResponse()


def text(request):
    # Invoice.objects.create() in a comment
    return HttpResponse("Invoice.objects.create()")


def never_called(request):
    later = (Invoice.objects.create() for _ in range(3))  # -> unknown: where generator is called is not known
    del later
    return HttpResponse()


def of_another_object(request, importer):
    importer.create(Invoice)
    importer.objects.create(model=Invoice)
    return HttpResponse()
