from acme.commands import AtomicHandleMixin, NonAtomicMixin
from django.core.management.base import BaseCommand
from shop.bases import LoggedMixin
from shop.models import Invoice


class First(AtomicHandleMixin, BaseCommand):
    def handle(self, **options):
        Invoice.objects.create()  # -> unknown: AtomicHandleMixin, of another package, but not on every path


class Second(NonAtomicMixin, BaseCommand):
    def handle(self, **options):
        Invoice.objects.create()  # -> outside: management command without atomic()


class Third(LoggedMixin, BaseCommand):
    def handle(self, **options):
        Invoice.objects.create()  # -> outside: management command without atomic()
