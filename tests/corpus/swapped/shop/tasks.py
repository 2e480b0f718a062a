from celery import shared_task
from shop.models import Invoice, get_bill_model, get_device_bill_model
from shop.modules import open_case
from swapper import load_model

Bill = load_model("billing", "Bill")
Other = load_model("crm", "Bill")


@shared_task
def made():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


@shared_task
def by_getter():
    get_bill_model().objects.create()  # -> outside: task (@shared_task) without atomic()
    get_device_bill_model().objects.create()


@shared_task
def by_label():
    Bill.objects.create()  # -> outside: task (@shared_task) without atomic()
    Other.objects.create()


@shared_task
def by_gathered():
    open_case()
