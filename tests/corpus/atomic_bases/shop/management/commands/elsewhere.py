from acme.commands import AtomicHandleMixin, NonAtomicMixin
from django.core.management.base import BaseCommand
from shop.bases import LoggedMixin
from shop.models import Invoice


class First(AtomicHandleMixin, BaseCommand):
    def handle(self, **options):
        Invoice.objects.create()  # -> unknown


class Second(NonAtomicMixin, BaseCommand):
    def handle(self, **options):
        Invoice.objects.create()  # -> outside


class Third(LoggedMixin, BaseCommand):
    def handle(self, **options):
        Invoice.objects.create()  # -> outside
