from celery import shared_task
from django.contrib.auth.models import User
from django.db import transaction

from shop.helpers import (
    Asks,
    charge,
    charge_anyway,
    copy_to_draft,
    finish,
    issue_for,
    make,
    make_unless,
    noted,
    record,
    rename,
    sorted_out,
    touch,
    twin_of,
)
from shop.models import Bill, Cash, Customer, Invoice, Note, Parcel, Receipt
from shop.queue import queued_task
from somewhere import get_atomic_func

User.add_to_class("issue", issue_for)


@shared_task
def annotated(pk):
    finish(Invoice(total=1))
    touch(Invoice.objects.get(pk=pk))


@shared_task
def copies(pk):
    mail = Invoice.objects.get(pk=pk)
    copy_to_draft(mail)
    rename(mail)
    twin_of(mail).save()  # -> outside: task (@shared_task) without atomic()
    customer = Customer.objects.get(pk=pk)
    twin_of(customer).save()


@shared_task
def files(pk, content):
    invoice = Invoice()
    invoice.pdf.save("invoice.pdf", content)  # -> outside: task (@shared_task) without atomic()
    invoice.save()
    invoice = Invoice()
    invoice.pdf.save("invoice.pdf", content, save=False)
    invoice.save()  # -> outside: task (@shared_task) without atomic()
    invoice = Invoice.objects.get(pk=pk)
    invoice.pdf.save("invoice.pdf", content)


@shared_task
def options(customer):
    make(customer).save()
    make(customer, save=False).save()  # -> outside: task (@shared_task) without atomic()
    make_unless().save()
    make_unless(dry_run=True).save()  # -> outside: task (@shared_task) without atomic()


@shared_task
def lists(rows):
    new, old, count = sorted_out(rows)
    for invoice in old:
        invoice.save()
    for invoice in new + old:
        invoice.save()  # -> outside: task (@shared_task) without atomic()


@shared_task
def populated(order):
    invoice = Invoice()
    invoice.populate(order)
    invoice.save()


@shared_task
def fields(created):
    invoice = Invoice() if created else Invoice.objects.first()
    invoice.save(update_fields=None if created else ["total"])  # -> outside: task (@shared_task) without atomic()
    Invoice().save(update_fields=["total"])


@shared_task
def by_name(reader):
    for invoice in reader.rows:
        invoice.pk = None
        invoice.save()  # -> outside: task (@shared_task) without atomic()
    for parcel in reader.rows:
        parcel.pk = None
        parcel.save()


@shared_task
def by_accessor(stranger):
    stranger.bill_set.create()  # -> unknown: Bill.save() opens atomic(), but not on every path
    stranger.things.create()
    stranger.parcel_set.create()


@shared_task
def through_others(pk):
    Note.objects.create()
    Asks(Customer.objects.get(pk=pk)).store()
    Bill.objects.create()  # -> unknown: Bill.save() opens atomic(), but not on every path
    Parcel.objects.create()


@shared_task
def refunded(order, by_hand):
    order.provider.execute_refund(order)
    with transaction.atomic():
        by_hand.execute_refund(order)
    Cash()


@queued_task
def by_own_decorator():
    Invoice.objects.create()  # -> outside: task (@queued_task) without atomic()


@shared_task
def checked(pk):
    Customer.objects.get(pk=pk).checked_save()
    with transaction.atomic():
        invoice = Invoice()
        invoice.checked_save()


@shared_task
def by_patched_method(user):
    user.issue(3).save()


@shared_task
def recorded(by_hand, total):
    record(total)
    record(total, False)
    record(total, quietly=by_hand)
    with transaction.atomic():
        record(total, True)
        record(total, save=by_hand)


@shared_task
def locked():
    Receipt.objects.create()  # -> inside: Locked.save() opens atomic()


@shared_task
def by_makers(basket):
    basket.quote.to_invoice().save()  # -> outside: task (@shared_task) without atomic()
    for quote in basket.rows:
        quote.as_invoice.save()  # -> outside: task (@shared_task) without atomic()
        quote.to_paper().save()


@shared_task
def by_shared_names(order, payment_event):
    event = order.shipping_events.create()
    event.quantities.create()
    payment_event.quantities.create()  # -> outside: task (@shared_task) without atomic()


@shared_task
def by_stranger():
    with get_atomic_func()():
        Invoice.objects.create()  # -> unknown: get_atomic_func(), of another package, but not on every path


@shared_task
def forgotten(customer):
    del Customer.objects.get(pk=customer).last_invoice


@shared_task
def charged(user, ticket):
    charge(user)
    charge(user, None, ticket)
    charge_anyway(user)
    with transaction.atomic():
        charge(user, user.account, ticket)


@shared_task
def behind_keywords(pk):
    values = {"note": Invoice.objects.get(pk=pk)}
    noted(**values, row=Invoice())
