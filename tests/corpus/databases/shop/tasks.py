from celery import shared_task
from django.db import router, transaction
from shop.models import Invoice

ARCHIVE = "archive"


@shared_task
def write():
    with transaction.atomic(using="archive"):
        Invoice.objects.create()  # -> outside
        Invoice.objects.using("archive").create()  # -> inside
        Invoice.objects.db_manager("archive").create()  # -> inside
        Invoice().save(using="archive")  # -> inside
        Invoice().save()  # -> outside
        Invoice().save(using="default")  # -> outside
    with transaction.atomic("archive"):
        Invoice.objects.create()  # -> outside
    with transaction.atomic(using=ARCHIVE):
        Invoice.objects.create()  # -> outside
        Invoice.objects.using(ARCHIVE).create()  # -> inside
    with transaction.atomic(using="default"):
        Invoice.objects.create()  # -> inside
        Invoice.objects.using("archive").create()  # -> outside
    with transaction.atomic(using=None):
        Invoice.objects.create()  # -> inside
    with transaction.atomic(), transaction.atomic(using="archive"):
        Invoice.objects.create()  # -> inside
        Invoice.objects.using("archive").create()  # -> inside
    with transaction.atomic(using=router.db_for_write(Invoice)):
        Invoice.objects.create()  # -> inside


@shared_task
@transaction.atomic(using="archive")
def wrong():
    Invoice.objects.create()  # -> outside


@shared_task
def of_a_variable(alias):
    with transaction.atomic(using=alias):
        Invoice.objects.using(alias).create()  # -> inside
        Invoice.objects.create()  # -> inside
