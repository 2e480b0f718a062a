"""What is known of the rows and functions here, their callers know."""

from django.db import transaction

from shop.models import Credit, Invoice, Order


def save_all(rows):
    for row in rows:
        row.save()  # -> outside: task (@shared_task) without atomic()


def save_safely(row):
    row.save()  # -> inside: transaction.atomic()


def save_old(row):
    row.save()


def filled(row, total):
    row.total = total
    return row


def make(model, **values):
    return model.objects.create(**values)  # -> outside: task (@shared_task) without atomic()


def build():
    return Invoice(total=2)


def by_handing_on(stranger):
    save_all([Invoice(total=1), Invoice(total=2)])
    save_safely(Invoice.objects.get(pk=1))
    save_old(Invoice.objects.get(pk=1))
    with transaction.atomic():
        save_safely(filled(Invoice(), 3))
    make(Invoice, total=1)
    invoice = Invoice()
    filled(invoice, 4)
    invoice.save()  # -> outside: task (@shared_task) without atomic()


def saved_by_another():
    invoice = Invoice()
    with transaction.atomic():
        save_safely(invoice)
    invoice.total = 3
    invoice.save()


def of_what_is_built(old, kind):
    build().save()  # -> outside: task (@shared_task) without atomic()
    invoice = Invoice.objects.get(pk=old).clone()
    invoice.save()  # -> outside: task (@shared_task) without atomic()
    model = Invoice if kind == "invoice" else Credit
    model.objects.create()  # -> outside: task (@shared_task) without atomic()
    by_name = {"invoice": Invoice(), "credit": Credit()}
    by_name["invoice"].save()  # -> outside: task (@shared_task) without atomic()
    of_a_dict(old)
    pair = (Invoice(), 3)
    first, count = pair
    first.save()  # -> outside: task (@shared_task) without atomic()
    for row in [Invoice(total=count), Invoice()]:
        row.save()  # -> outside: task (@shared_task) without atomic()
    for each in (build(), None):
        if each is not None:
            each.save()  # -> outside: task (@shared_task) without atomic()


def of_a_dict(customer):
    rows = {"new": Invoice(), "other": Invoice()}
    for _name, row in rows.items():
        row.save()  # -> outside: task (@shared_task) without atomic()
    copies = {year: Invoice.objects.filter(total=year) for year in range(3)}
    for _year, invoices in copies.items():
        for invoice in invoices:
            invoice.pk = None
            invoice.save()  # -> outside: task (@shared_task) without atomic()
    for old in Invoice.objects.all():
        old.save()


def by_name_alone(orders, day, basket):
    for order in orders:
        order.issue_invoice()
        order.close()
    day.issue_either()
    with transaction.atomic():
        day.issue_either()
        basket.items.first().issue_safe_invoice()
    basket.open()


def retried(order):
    for attempt in range(3):
        try:
            with transaction.atomic():
                return order_of(order).issue_safe_invoice()
        except ValueError:
            continue


def order_of(order):
    return Order.objects.get(pk=order)
