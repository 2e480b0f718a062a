from django.core.management.base import BaseCommand
from shop.bases import AtomicMixin
from shop.models import Invoice


class Command(AtomicMixin, BaseCommand):
    def handle(self, **options):
        Invoice.objects.create()  # -> inside: AtomicMixin.execute() opens atomic()
        self.write()

    def write(self):
        Invoice.objects.create()  # -> inside: AtomicMixin.execute() opens atomic()
