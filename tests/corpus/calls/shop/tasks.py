from celery import shared_task
from django.core.management import call_command
from django.db import transaction
from django.tasks import task

from shop import services
from shop.models import Invoice
from swapper import load_model


@shared_task
def nightly(stranger):
    services.by_handing_on(stranger)
    services.saved_by_another()
    services.of_what_is_built(1, "invoice")
    services.by_name_alone([], stranger, stranger)
    services.retried(1)


@shared_task
def by_delay():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


@task
def by_enqueue():
    Invoice.objects.create()  # -> outside: task (@task) without atomic()


def send():
    with transaction.atomic():
        by_delay.delay()
        by_delay.apply_async(countdown=3)
        by_enqueue.enqueue()
        call_command("issue")


@shared_task
def by_label(apps):
    apps.get_model(app_label="shop", model_name="Invoice").objects.create()  # -> outside: task (@shared_task) without atomic()
    load_model("shop", "Invoice").objects.create()  # -> outside: task (@shared_task) without atomic()
    load_model("crm", "Invoice").objects.create()


def fill(apps, schema_editor):
    apps.get_model("shop", "Invoice").objects.create()  # -> inside: a migration runs in a transaction
