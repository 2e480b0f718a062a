from contextlib import nullcontext

from django.core.management.base import BaseCommand
from django.db import transaction


class AtomicMixin:
    def execute(self, *args, **options):
        with transaction.atomic():
            return super().execute(*args, **options)


class ByAttributeMixin:
    ATOMIC_HANDLE = False

    def execute(self, *args, **options):
        with transaction.atomic() if self.ATOMIC_HANDLE else nullcontext():
            return super().execute(*args, **options)


class LoggedMixin:
    def execute(self, *args, **options):
        with transaction.atomic():
            print("begin")
        return super().execute(*args, **options)


class ShopCommand(ByAttributeMixin, BaseCommand):
    pass


class AtomicTaskMixin:
    def __call__(self, *args, **options):
        with transaction.atomic():
            return super().__call__(*args, **options)
