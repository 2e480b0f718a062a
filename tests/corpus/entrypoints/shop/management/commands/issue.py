from django.core.management.base import BaseCommand
from django.db import transaction
from shop.models import Invoice


class Command(BaseCommand):
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> outside: management command without atomic()
        self.issue()

    def issue(self):
        Invoice.objects.create()  # -> outside: management command without atomic()


class Heir(Command):
    @transaction.atomic
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> inside: @transaction.atomic
