from celery import shared_task
from django.core.management.base import BaseCommand
from shop.models import Invoice


@shared_task
def task():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


class Command(BaseCommand):
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> outside: management command without atomic()
