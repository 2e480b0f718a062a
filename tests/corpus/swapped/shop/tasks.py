from celery import shared_task
from shop.models import Invoice, get_bill_model, get_device_bill_model
from shop.modules import open_case
from swapper import load_model

Bill = load_model("billing", "Bill")
Other = load_model("crm", "Bill")


@shared_task
def made():
    Invoice.objects.create()  # -> outside


@shared_task
def by_getter():
    get_bill_model().objects.create()  # -> outside
    get_device_bill_model().objects.create()


@shared_task
def by_label():
    Bill.objects.create()  # -> outside
    Other.objects.create()


@shared_task
def by_gathered():
    open_case()
