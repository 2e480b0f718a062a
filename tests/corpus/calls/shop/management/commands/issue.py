from django.core.management.base import BaseCommand
from shop.models import Invoice


class Command(BaseCommand):
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> outside: management command without atomic()
