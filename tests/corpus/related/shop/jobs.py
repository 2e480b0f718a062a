from celery import shared_task
from crm.models import Customer, Order, Product
from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from shop.models import Invoice, Item, Tag

User = get_user_model()


@shared_task
def write(pk, customer: Customer, cart):
    customer.invoices.create()  # -> outside
    Customer.objects.get(pk=pk).invoices.create()  # -> outside
    get_object_or_404(Customer, pk=pk).invoices.update_or_create()  # -> outside
    Customer(name="x").invoices.filter(pk=1).get_or_create()  # -> outside
    Order.objects.first().customer.invoices.bulk_create([])  # -> outside
    for one in Customer.objects.all():
        one.invoices.create()  # -> outside
    User.objects.get(pk=pk).invoice_set.create()  # -> outside
    Invoice.objects.get(pk=pk).parts.create()  # -> outside
    Tag.objects.get(pk=pk).tagged.create()  # -> outside
    order = Order.objects.get(pk=pk)
    order.products.add(Product.objects.first())  # -> outside
    order.products.set([])  # -> outside
    order.products.create(name="x")  # -> outside
    order.item_set.create()  # -> outside
    Product.objects.get(pk=pk).orders.add(order)  # -> outside
    invoices = customer.invoices
    invoices.create()  # -> outside
    customer.invoices.add(Invoice(), bulk=False)  # -> outside
    customer.invoices.add(Invoice.objects.get(pk=pk))
    customer.invoices.update(paid=True)
    cart.invoices.create()
    order.products.remove(1)
    Tag.objects.get(pk=pk).invoices.create()


def guessed(request, customer, other):
    customer.invoices.create()  # -> unknown
    request.customer.invoices.create()  # -> unknown
    other.invoices.create()


def of_the_user(request):
    request.user.invoice_set.create()  # -> unknown
