"""A nested function, lambda or generator belongs to where it is called."""

import threading
from functools import partial

from celery import shared_task
from django.db import transaction
from shop.models import Invoice


@shared_task
def written_outside_called_inside():
    def issue():
        Invoice.objects.create()  # -> inside: transaction.atomic()

    with transaction.atomic():
        issue()


@shared_task
def written_inside_called_outside():
    with transaction.atomic():

        def issue():
            Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()

    issue()


@shared_task
def called_in_both():
    def issue():
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()

    with transaction.atomic():
        issue()
    issue()


@shared_task
def handed_on(runner):
    def issue():
        Invoice.objects.create()  # -> unknown: handed on

    runner(issue)


@shared_task
def on_commit():
    def issue():
        Invoice.objects.create()  # -> outside: on_commit() runs it after the transaction

    with transaction.atomic():
        transaction.on_commit(issue)
        transaction.on_commit(lambda: Invoice.objects.create())  # -> outside: on_commit() runs it after the transaction
        transaction.on_commit(partial(Invoice.objects.create, pk=1))  # -> outside: on_commit() runs it after the transaction
        Invoice.objects.create()  # -> inside: transaction.atomic()


@shared_task
def own_block_on_commit():
    def issue():
        with transaction.atomic():
            Invoice.objects.create()  # -> inside: transaction.atomic()

    transaction.on_commit(issue)


@shared_task
def in_a_thread():
    def issue():
        Invoice.objects.create()  # -> outside: another thread runs it, with a connection of its own

    with transaction.atomic():
        threading.Thread(target=issue).start()


@shared_task
def lambdas():
    issue = lambda: Invoice.objects.create()  # -> inside: transaction.atomic()
    with transaction.atomic():
        issue()
    other = lambda: Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()
    other()


@shared_task
def comprehensions():
    [Invoice.objects.create() for _ in range(3)]  # -> outside: task (@shared_task) without atomic()
    with transaction.atomic():
        rows = [Invoice.objects.create() for _ in range(3)]  # -> inside: transaction.atomic()
        {row.pk: Invoice.objects.create() for row in rows}  # -> inside: transaction.atomic()
        list(Invoice.objects.create() for _ in range(3))  # -> inside: transaction.atomic()
        lazy = (Invoice.objects.create() for _ in range(3))  # -> outside: task (@shared_task) without atomic()
    list(lazy)
    early = (Invoice.objects.create() for _ in range(3))  # -> inside: transaction.atomic()
    with transaction.atomic():
        for row in early:
            print(row)


@shared_task
def returned():
    def issue():
        return Invoice.objects.create()  # -> unknown: handed on

    return issue


@shared_task
def closure():
    invoice = Invoice()

    def issue():
        invoice.save()  # -> inside: transaction.atomic()

    with transaction.atomic():
        issue()


@shared_task
def two_levels():
    def inner():
        Invoice.objects.create()  # -> inside: transaction.atomic()

    def outer():
        inner()

    with transaction.atomic():
        outer()


@shared_task
def wrapped():
    def issue():
        Invoice.objects.create()  # -> inside: transaction.atomic()

    transaction.atomic(issue)()


@shared_task
def decorated():
    @transaction.atomic
    def issue():
        Invoice.objects.create()  # -> inside: @transaction.atomic

    issue()
