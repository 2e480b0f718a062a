from celery import shared_task
from crm.models import Customer
from crm.models import Invoice as Theirs
from shop.models import Customer as Ours


@shared_task
def write(pk):
    Customer.objects.get(pk=pk).invoices.create()
    Theirs.objects.create()
    Ours.objects.get(pk=pk).invoices.create()  # -> outside: task (@shared_task) without atomic()
