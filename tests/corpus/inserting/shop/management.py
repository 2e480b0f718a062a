"""Code of a script: whatever inserts here is outside."""

import asyncio
import copy
from functools import partial

from asgiref.sync import sync_to_async
from django.apps import apps
from django.shortcuts import get_object_or_404

from shop.models import Archive, CreditNote, Invoice, ProxyInvoice

Invoice.objects.create()  # -> outside
Invoice.objects.get_or_create(pk=1)  # -> outside
Invoice.objects.update_or_create(pk=1)  # -> outside
Invoice.objects.bulk_create([Invoice(), Invoice()])  # -> outside
asyncio.run(Invoice.objects.acreate())  # -> outside
asyncio.run(Invoice.objects.aget_or_create(pk=1))  # -> outside
asyncio.run(Invoice.objects.aupdate_or_create(pk=1))  # -> outside
asyncio.run(Invoice.objects.abulk_create([Invoice()]))  # -> outside
asyncio.run(sync_to_async(Invoice.objects.create)())  # -> outside

Invoice._default_manager.create()  # -> outside
Invoice._base_manager.create()  # -> outside
Invoice.open.create()  # -> outside
Invoice.open.open().filter(pk=1).create()  # -> outside
Invoice.objects.all().order_by("pk").create()  # -> outside
(  # the expression begins in the next line
    Invoice.objects  # -> outside
    .filter(paid=True)
    .create()
)
manager = Invoice.open
manager.create()  # -> outside
create = partial(Invoice.objects.create, paid=False)
create()  # -> outside

Invoice().save()  # -> outside
asyncio.run(Invoice().asave())  # -> outside
Invoice().save_base()  # -> outside
Invoice().save_base(raw=True)
Invoice.save(Invoice())  # -> outside
ProxyInvoice().save()  # -> outside
ProxyInvoice.objects.create()  # -> outside
CreditNote.objects.create()  # -> outside
CreditNote(reason="x").save()  # -> outside
Archive.objects.create()
Archive.issue()
Invoice(pk=1).save(force_insert=True)  # -> outside

invoice = Invoice()
invoice.save()  # -> outside
invoice.save()
invoice.pk = None
invoice.save()  # -> outside
invoice.id = None
invoice._state.adding = True
invoice.save()  # -> outside

twin = copy.copy(Invoice.objects.get(pk=1))
twin.save()
twin.pk = None
twin.save()  # -> outside

if (walrus := Invoice()).paid:
    walrus.save()  # -> outside

for loop in [Invoice(), Invoice()]:
    loop.save()  # -> outside
    loop.save()

invoices = []
for _ in range(3):
    invoices.append(Invoice())
for appended in invoices:
    appended.save()  # -> outside
for appended in invoices:
    appended.save()

for model in (Invoice, Archive):
    model.objects.create()  # -> outside

Model = Invoice if invoices else Archive
Model.objects.create()  # -> outside
Model().save()  # -> outside
{"invoice": Invoice, "archive": Archive}["invoice"].objects.create()  # -> outside
by_kind = {"invoice": Invoice, "archive": Archive}
by_kind[input()].objects.create()  # -> outside

found = Invoice.objects.filter(pk=2).first() or Invoice()
found.save()  # -> outside
try:
    got = Invoice.objects.get(pk=3)
except Invoice.DoesNotExist:
    got = Invoice(pk=3)
got.save()  # -> outside
got.save()

apps.get_model("shop", "Invoice").objects.create()  # -> outside
apps.get_model("shop.Invoice").objects.create()  # -> outside
apps.get_model("shop", "invoice")().save()  # -> outside
apps.get_model("billing", "Invoice").objects.create()

created, _ = Invoice.objects.get_or_create(pk=4)  # -> outside
created.save()
made = Invoice.objects.create()  # -> outside
made.save()
get_object_or_404(Invoice, pk=1).save()
built = Invoice.objects.build()
built.save()  # -> outside
getattr(Invoice, "objects").create()  # -> outside
saved = [invoice.save() for invoice in [Invoice()]]  # -> outside


class Holder:
    def __init__(self):
        self.invoice = Invoice()
        self.other = Invoice.objects.get(pk=1)

    def here(self):
        self.draft = Invoice()
        self.draft.save()  # -> unknown
        self.draft.save()

    def there(self):
        self.invoice.save()  # -> unknown
        self.other.save()


def typed(invoice: Invoice, model: type[Invoice], rows: "list[Invoice]", maybe: Invoice | None):
    invoice.save()  # -> unknown
    model.objects.create()  # -> unknown
    for row in rows:
        row.save()  # -> unknown
    maybe.save()  # -> unknown


def build() -> Invoice:
    return Invoice(paid=False)


def use_build():
    invoice = build()
    invoice.save()  # -> unknown
