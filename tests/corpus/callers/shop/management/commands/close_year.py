from django.core.management.base import BaseCommand
from django.db import transaction

from shop import services


class Command(BaseCommand):
    def handle(self, *args, **options):
        self.close()
        with transaction.atomic():
            self.close_safely()

    def close(self):
        services.outside_by_two()

    def close_safely(self):
        services.inside_by_all()
