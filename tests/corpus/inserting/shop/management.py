"""Code of a script: whatever inserts here is outside."""

import asyncio
import copy
from functools import partial

from asgiref.sync import sync_to_async
from django.apps import apps
from django.shortcuts import get_object_or_404

from shop.models import Archive, CreditNote, Invoice, ProxyInvoice

Invoice.objects.create()  # -> outside: code of a module or script without atomic()
Invoice.objects.get_or_create(pk=1)  # -> outside: code of a module or script without atomic()
Invoice.objects.update_or_create(pk=1)  # -> outside: code of a module or script without atomic()
Invoice.objects.bulk_create([Invoice(), Invoice()])  # -> outside: code of a module or script without atomic()
asyncio.run(Invoice.objects.acreate())  # -> outside: code of a module or script without atomic()
asyncio.run(Invoice.objects.aget_or_create(pk=1))  # -> outside: code of a module or script without atomic()
asyncio.run(Invoice.objects.aupdate_or_create(pk=1))  # -> outside: code of a module or script without atomic()
asyncio.run(Invoice.objects.abulk_create([Invoice()]))  # -> outside: code of a module or script without atomic()
asyncio.run(sync_to_async(Invoice.objects.create)())  # -> outside: code of a module or script without atomic()

Invoice._default_manager.create()  # -> outside: code of a module or script without atomic()
Invoice._base_manager.create()  # -> outside: code of a module or script without atomic()
Invoice.open.create()  # -> outside: code of a module or script without atomic()
Invoice.open.open().filter(pk=1).create()  # -> outside: code of a module or script without atomic()
Invoice.objects.all().order_by("pk").create()  # -> outside: code of a module or script without atomic()
(  # the expression begins in the next line
    Invoice.objects  # -> outside: code of a module or script without atomic()
    .filter(paid=True)
    .create()
)
manager = Invoice.open
manager.create()  # -> outside: code of a module or script without atomic()
create = partial(Invoice.objects.create, paid=False)
create()  # -> outside: code of a module or script without atomic()

Invoice().save()  # -> outside: code of a module or script without atomic()
asyncio.run(Invoice().asave())  # -> outside: code of a module or script without atomic()
Invoice().save_base()  # -> outside: code of a module or script without atomic()
Invoice().save_base(raw=True)
Invoice.save(Invoice())  # -> outside: code of a module or script without atomic()
ProxyInvoice().save()  # -> outside: code of a module or script without atomic()
ProxyInvoice.objects.create()  # -> outside: code of a module or script without atomic()
CreditNote.objects.create()  # -> outside: code of a module or script without atomic()
CreditNote(reason="x").save()  # -> outside: code of a module or script without atomic()
Archive.objects.create()
Archive.issue()
Invoice(pk=1).save(force_insert=True)  # -> outside: code of a module or script without atomic()

invoice = Invoice()
invoice.save()  # -> outside: code of a module or script without atomic()
invoice.save()
invoice.pk = None
invoice.save()  # -> outside: code of a module or script without atomic()
invoice.id = None
invoice._state.adding = True
invoice.save()  # -> outside: code of a module or script without atomic()

twin = copy.copy(Invoice.objects.get(pk=1))
twin.save()
twin.pk = None
twin.save()  # -> outside: code of a module or script without atomic()

if (walrus := Invoice()).paid:
    walrus.save()  # -> outside: code of a module or script without atomic()

for loop in [Invoice(), Invoice()]:
    loop.save()  # -> outside: code of a module or script without atomic()
    loop.save()

invoices = []
for _ in range(3):
    invoices.append(Invoice())
for appended in invoices:
    appended.save()  # -> outside: code of a module or script without atomic()
for appended in invoices:
    appended.save()

for model in (Invoice, Archive):
    model.objects.create()  # -> outside: code of a module or script without atomic()

Model = Invoice if invoices else Archive
Model.objects.create()  # -> outside: code of a module or script without atomic()
Model().save()  # -> outside: code of a module or script without atomic()
{"invoice": Invoice, "archive": Archive}["invoice"].objects.create()  # -> outside: code of a module or script without atomic()
by_kind = {"invoice": Invoice, "archive": Archive}
by_kind[input()].objects.create()  # -> outside: code of a module or script without atomic()

found = Invoice.objects.filter(pk=2).first() or Invoice()
found.save()  # -> outside: code of a module or script without atomic()
try:
    got = Invoice.objects.get(pk=3)
except Invoice.DoesNotExist:
    got = Invoice(pk=3)
got.save()  # -> outside: code of a module or script without atomic()
got.save()

apps.get_model("shop", "Invoice").objects.create()  # -> outside: code of a module or script without atomic()
apps.get_model("shop.Invoice").objects.create()  # -> outside: code of a module or script without atomic()
apps.get_model("shop", "invoice")().save()  # -> outside: code of a module or script without atomic()
apps.get_model("billing", "Invoice").objects.create()

created, _ = Invoice.objects.get_or_create(pk=4)  # -> outside: code of a module or script without atomic()
created.save()
made = Invoice.objects.create()  # -> outside: code of a module or script without atomic()
made.save()
get_object_or_404(Invoice, pk=1).save()
built = Invoice.objects.build()
built.save()  # -> outside: code of a module or script without atomic()
getattr(Invoice, "objects").create()  # -> outside: code of a module or script without atomic()
saved = [invoice.save() for invoice in [Invoice()]]  # -> outside: code of a module or script without atomic()


class Holder:
    def __init__(self):
        self.invoice = Invoice()
        self.other = Invoice.objects.get(pk=1)

    def here(self):
        self.draft = Invoice()
        self.draft.save()  # -> unknown: here() leaves the transaction to its callers
        self.draft.save()

    def there(self):
        self.invoice.save()  # -> unknown: there() leaves the transaction to its callers
        self.other.save()


def typed(invoice: Invoice, model: type[Invoice], rows: "list[Invoice]", maybe: Invoice | None):
    invoice.save()  # -> unknown: typed() leaves the transaction to its callers
    model.objects.create()  # -> unknown: typed() leaves the transaction to its callers
    for row in rows:
        row.save()  # -> unknown: typed() leaves the transaction to its callers
    maybe.save()  # -> unknown: typed() leaves the transaction to its callers


def build() -> Invoice:
    return Invoice(paid=False)


def use_build():
    invoice = build()
    invoice.save()  # -> unknown: use_build() leaves the transaction to its callers
