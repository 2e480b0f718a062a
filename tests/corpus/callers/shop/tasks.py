from celery import shared_task
from django.db import transaction

from shop import flows, services
from shop.models import Order, Parcel
from shop.steps import InvoiceFlow, OtherFlow


@shared_task
def nightly(stranger):
    services.by_way_of()
    flows.checkout()
    flows.hand_over(stranger)
    services.later()
    services.Issuer().issue()
    services.Issuer.static()
    InvoiceFlow().run()
    InvoiceFlow().run_safely()
    with transaction.atomic():
        OtherFlow().run()
        transaction.on_commit(services.on_commit_of_another)


@shared_task
def orders():
    Order.objects.create(paid=True)
    print(Order.objects.get().invoice)
    with transaction.atomic():
        Parcel().save()
        order = Order.objects.get()
        print(order.safe_invoice)


@shared_task
def careful():
    flows.careful_checkout()
