"""A nested function, lambda or generator belongs to where it is called."""

import threading
from functools import partial

from celery import shared_task
from django.db import transaction
from shop.models import Invoice


@shared_task
def written_outside_called_inside():
    def issue():
        Invoice.objects.create()  # -> inside

    with transaction.atomic():
        issue()


@shared_task
def written_inside_called_outside():
    with transaction.atomic():

        def issue():
            Invoice.objects.create()  # -> outside

    issue()


@shared_task
def called_in_both():
    def issue():
        Invoice.objects.create()  # -> outside

    with transaction.atomic():
        issue()
    issue()


@shared_task
def handed_on(runner):
    def issue():
        Invoice.objects.create()  # -> unknown

    runner(issue)


@shared_task
def on_commit():
    def issue():
        Invoice.objects.create()  # -> outside

    with transaction.atomic():
        transaction.on_commit(issue)
        transaction.on_commit(lambda: Invoice.objects.create())  # -> outside
        transaction.on_commit(partial(Invoice.objects.create, pk=1))  # -> outside
        Invoice.objects.create()  # -> inside


@shared_task
def own_block_on_commit():
    def issue():
        with transaction.atomic():
            Invoice.objects.create()  # -> inside

    transaction.on_commit(issue)


@shared_task
def in_a_thread():
    def issue():
        Invoice.objects.create()  # -> outside

    with transaction.atomic():
        threading.Thread(target=issue).start()


@shared_task
def lambdas():
    issue = lambda: Invoice.objects.create()  # -> inside
    with transaction.atomic():
        issue()
    other = lambda: Invoice.objects.create()  # -> outside
    other()


@shared_task
def comprehensions():
    [Invoice.objects.create() for _ in range(3)]  # -> outside
    with transaction.atomic():
        rows = [Invoice.objects.create() for _ in range(3)]  # -> inside
        {row.pk: Invoice.objects.create() for row in rows}  # -> inside
        list(Invoice.objects.create() for _ in range(3))  # -> inside
        lazy = (Invoice.objects.create() for _ in range(3))  # -> outside
    list(lazy)
    early = (Invoice.objects.create() for _ in range(3))  # -> inside
    with transaction.atomic():
        for row in early:
            print(row)


@shared_task
def returned():
    def issue():
        return Invoice.objects.create()  # -> unknown

    return issue


@shared_task
def closure():
    invoice = Invoice()

    def issue():
        invoice.save()  # -> inside

    with transaction.atomic():
        issue()


@shared_task
def two_levels():
    def inner():
        Invoice.objects.create()  # -> inside

    def outer():
        inner()

    with transaction.atomic():
        outer()


@shared_task
def wrapped():
    def issue():
        Invoice.objects.create()  # -> inside

    transaction.atomic(issue)()


@shared_task
def decorated():
    @transaction.atomic
    def issue():
        Invoice.objects.create()  # -> inside

    issue()
