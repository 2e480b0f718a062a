from celery import Task, shared_task
from django.core.management.base import BaseCommand
from django.db import transaction
from shop.makers import Makes
from shop.mixins import AtomicExecute, LockedHandle
from shop.models import Invoice


class Safe(LockedHandle, Makes, BaseCommand):
    pass


class Behind(BaseCommand, AtomicExecute):
    def handle(self, *args, **options):
        Invoice.objects.bulk_create([])  # -> outside: management command without atomic()


class Nightly(AtomicExecute, BaseCommand):
    def handle(self, *args, **options):
        Invoice.objects.bulk_create([])  # -> outside: task (@shared_task) without atomic()


@shared_task
def nightly():
    Nightly().handle()


class RunningTask(Task):
    def __call__(self, *args, **kwargs):
        with transaction.atomic():
            return self.run(*args, **kwargs)


@shared_task(base=RunningTask)
def run():
    Invoice.objects.bulk_create([])  # -> inside: RunningTask.__call__() opens atomic()
