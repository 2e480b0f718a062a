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
        Invoice.objects.create()  # -> outside
        with transaction.atomic():
            Invoice.objects.create()  # -> inside
        with atomic():
            Invoice.objects.create()  # -> inside
        with tx.atomic():
            Invoice.objects.create()  # -> inside
        with in_one_step():
            Invoice.objects.create()  # -> inside
        with django.db.transaction.atomic():
            Invoice.objects.create()  # -> inside
        with transaction.atomic(savepoint=False), open("log") as log:
            log.write(str(Invoice.objects.create()))  # -> inside
        with open("log") as log, transaction.atomic(durable=True):
            Invoice.objects.create()  # -> inside
        with open("log") as log:
            Invoice.objects.create()  # -> outside
        with Invoice.objects.create().file as file, transaction.atomic():  # -> outside
            file.write("")
        invoice = Invoice.objects.create()  # -> outside
        with transaction.atomic():
            invoice.save()
        with transaction.atomic():
            invoice = Invoice()
        invoice.save()  # -> outside
        with contextlib.suppress(ValueError), atomic():
            Invoice.objects.create()  # -> inside
        with transaction.atomic(), deferred_numbering():
            Invoice.objects.create()  # -> inside
        with deferred_numbering():
            Invoice.objects.create()  # -> outside
        with ExitStack() as stack:
            Invoice.objects.create()  # -> outside
            stack.enter_context(transaction.atomic())
            Invoice.objects.create()  # -> inside
        Invoice.objects.create()  # -> outside
        with ExitStack() as stack:
            if options["safe"]:
                stack.enter_context(transaction.atomic())
            Invoice.objects.create()  # -> unknown
        try:
            with transaction.atomic():
                Invoice.objects.create()  # -> inside
        except ValueError:
            Invoice.objects.create()  # -> outside
        finally:
            Invoice.objects.create()  # -> outside
        block = transaction.atomic()
        with block:
            Invoice.objects.create()  # -> inside
        with transaction.atomic() if options["safe"] else contextlib.nullcontext():
            Invoice.objects.create()  # -> unknown
        if options["many"]:
            with transaction.atomic():
                for _ in range(3):
                    Invoice.objects.create()  # -> inside
        else:
            Invoice.objects.create()  # -> outside
        match options["kind"]:
            case "a":
                Invoice.objects.create()  # -> outside
        Careful.objects.create()  # -> inside
        Careful().save()  # -> inside
        Careful.objects.get_or_create()  # -> inside
        Careful.objects.bulk_create([Careful()])  # -> outside
        Decorated().save()  # -> inside
        Careless().save()  # -> outside
        Released.objects.create()  # -> inside


class Whole(BaseCommand):
    @transaction.atomic
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> inside


class Called(BaseCommand):
    @transaction.atomic()
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> inside


class Plain(BaseCommand):
    @atomic
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> inside


@atomic
def helper():
    Invoice.objects.create()  # -> inside


def open_ended():
    Invoice.objects.create()  # -> unknown


def unrelated(atomic):
    with atomic():
        Invoice.objects.create()  # -> unknown


def manual():
    transaction.set_autocommit(False)
    Invoice.objects.create()  # -> inside
    transaction.commit()
