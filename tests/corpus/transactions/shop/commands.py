import contextlib
from contextlib import ExitStack

import django.db
import django.db.transaction
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db import transaction as tx
from django.db.transaction import atomic
from django.db.transaction import atomic as in_one_step
from gapless_fields import deferred_numbering
from shop.models import Careful, Careless, Decorated, Invoice, Released


class Command(BaseCommand):
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> outside: management command without atomic()
        with transaction.atomic():
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with atomic():
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with tx.atomic():
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with in_one_step():
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with django.db.transaction.atomic():
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with transaction.atomic(savepoint=False), open("log") as log:
            log.write(str(Invoice.objects.create()))  # -> inside: transaction.atomic()
        with open("log") as log, transaction.atomic(durable=True):
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with open("log") as log:
            Invoice.objects.create()  # -> outside: management command without atomic()
        with Invoice.objects.create().file as file, transaction.atomic():  # -> outside: management command without atomic()
            file.write("")
        invoice = Invoice.objects.create()  # -> outside: management command without atomic()
        with transaction.atomic():
            invoice.save()
        with transaction.atomic():
            invoice = Invoice()
        invoice.save()  # -> outside: management command without atomic()
        with contextlib.suppress(ValueError), atomic():
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with transaction.atomic(), deferred_numbering():
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with deferred_numbering():
            Invoice.objects.create()  # -> outside: management command without atomic()
        with ExitStack() as stack:
            Invoice.objects.create()  # -> outside: management command without atomic()
            stack.enter_context(transaction.atomic())
            Invoice.objects.create()  # -> inside: transaction.atomic()
        Invoice.objects.create()  # -> outside: management command without atomic()
        with ExitStack() as stack:
            if options["safe"]:
                stack.enter_context(transaction.atomic())
            Invoice.objects.create()  # -> unknown: transaction.atomic(), but not on every path
        try:
            with transaction.atomic():
                Invoice.objects.create()  # -> inside: transaction.atomic()
        except ValueError:
            Invoice.objects.create()  # -> outside: management command without atomic()
        finally:
            Invoice.objects.create()  # -> outside: management command without atomic()
        block = transaction.atomic()
        with block:
            Invoice.objects.create()  # -> inside: transaction.atomic()
        with transaction.atomic() if options["safe"] else contextlib.nullcontext():
            Invoice.objects.create()  # -> unknown: transaction.atomic(), but not on every path
        if options["many"]:
            with transaction.atomic():
                for _ in range(3):
                    Invoice.objects.create()  # -> inside: transaction.atomic()
        else:
            Invoice.objects.create()  # -> outside: management command without atomic()
        match options["kind"]:
            case "a":
                Invoice.objects.create()  # -> outside: management command without atomic()
        Careful.objects.create()  # -> inside: Careful.save() opens atomic()
        Careful().save()  # -> inside: Careful.save() opens atomic()
        Careful.objects.get_or_create()  # -> inside: Careful.save() opens atomic()
        Careful.objects.bulk_create([Careful()])  # -> outside: management command without atomic()
        Decorated().save()  # -> inside: @transaction.atomic opens atomic()
        Careless().save()  # -> outside: management command without atomic()
        Released.objects.create()  # -> inside: ReleasedManager.create() opens atomic()


class Whole(BaseCommand):
    @transaction.atomic
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> inside: @transaction.atomic


class Called(BaseCommand):
    @transaction.atomic()
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> inside: @transaction.atomic()


class Plain(BaseCommand):
    @atomic
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> inside: @atomic


@atomic
def helper():
    Invoice.objects.create()  # -> inside: @atomic


def open_ended():
    Invoice.objects.create()  # -> unknown: open_ended() leaves the transaction to its callers


def unrelated(atomic):
    with atomic():
        Invoice.objects.create()  # -> unknown: unrelated() leaves the transaction to its callers


def manual():
    transaction.set_autocommit(False)
    Invoice.objects.create()  # -> inside: set_autocommit()
    transaction.commit()
