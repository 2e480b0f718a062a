from celery import shared_task
from django.db import router, transaction
from shop.models import Invoice

ARCHIVE = "archive"


@shared_task
def write():
    with transaction.atomic(using="archive"):
        Invoice.objects.create()  # -> outside: transaction.atomic() is on "archive", the row goes to "default"
        Invoice.objects.using("archive").create()  # -> inside: transaction.atomic()
        Invoice.objects.db_manager("archive").create()  # -> inside: transaction.atomic()
        Invoice().save(using="archive")  # -> inside: transaction.atomic()
        Invoice().save()  # -> outside: transaction.atomic() is on "archive", the row goes to "default"
        Invoice().save(using="default")  # -> outside: transaction.atomic() is on "archive", the row goes to "default"
    with transaction.atomic("archive"):
        Invoice.objects.create()  # -> outside: transaction.atomic() is on "archive", the row goes to "default"
    with transaction.atomic(using=ARCHIVE):
        Invoice.objects.create()  # -> outside: transaction.atomic() is on "archive", the row goes to "default"
        Invoice.objects.using(ARCHIVE).create()  # -> inside: transaction.atomic()
    with transaction.atomic(using="default"):
        Invoice.objects.create()  # -> inside: transaction.atomic()
        Invoice.objects.using("archive").create()  # -> outside: transaction.atomic() is on "default", the row goes to "archive"
    with transaction.atomic(using=None):
        Invoice.objects.create()  # -> inside: transaction.atomic()
    with transaction.atomic(), transaction.atomic(using="archive"):
        Invoice.objects.create()  # -> inside: transaction.atomic()
        Invoice.objects.using("archive").create()  # -> inside: transaction.atomic()
    with transaction.atomic(using=router.db_for_write(Invoice)):
        Invoice.objects.create()  # -> inside: transaction.atomic()


@shared_task
@transaction.atomic(using="archive")
def wrong():
    Invoice.objects.create()  # -> outside: @transaction.atomic(using='archive') is on "archive", the row goes to "default"


@shared_task
def of_a_variable(alias):
    with transaction.atomic(using=alias):
        Invoice.objects.using(alias).create()  # -> inside: transaction.atomic()
        Invoice.objects.create()  # -> inside: transaction.atomic()
