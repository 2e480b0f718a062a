from django.db import models, transaction
from shop.models import Invoice
from shop.services import (
    InvoiceGetter,
    InvoiceHook,
    InvoiceOfClass,
    InvoiceOwnGetter,
    InvoiceProperty,
    InvoiceService,
    ReceiptService,
    import_all,
)


def invoices(request):
    with transaction.atomic():
        InvoiceService().run()
    InvoiceService().finish()
    InvoiceHook().run_hook()
    InvoiceProperty().run_property()
    InvoiceOfClass.run_class()
    InvoiceGetter().run_getter()
    InvoiceOwnGetter().run_own_getter()
    import_all()


def receipts(request):
    ReceiptService().run()
    ReceiptService().finish()


def querysets(request):
    Invoice.objects.all().copy_last()
    Invoice.objects.get_queryset().copy_first()
    Invoice.objects.make()


def by_base(request):
    invoice = Invoice()
    models.Model.save(invoice)  # -> outside: view without atomic()
