from celery import shared_task
from crm.models import Customer, Order, Product
from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from shop.models import Invoice, Item, Tag

User = get_user_model()


@shared_task
def write(pk, customer: Customer, cart):
    customer.invoices.create()  # -> outside: task (@shared_task) without atomic()
    Customer.objects.get(pk=pk).invoices.create()  # -> outside: task (@shared_task) without atomic()
    get_object_or_404(Customer, pk=pk).invoices.update_or_create()  # -> outside: task (@shared_task) without atomic()
    Customer(name="x").invoices.filter(pk=1).get_or_create()  # -> outside: task (@shared_task) without atomic()
    Order.objects.first().customer.invoices.bulk_create([])  # -> outside: task (@shared_task) without atomic()
    for one in Customer.objects.all():
        one.invoices.create()  # -> outside: task (@shared_task) without atomic()
    User.objects.get(pk=pk).invoice_set.create()  # -> outside: task (@shared_task) without atomic()
    Invoice.objects.get(pk=pk).parts.create()  # -> outside: task (@shared_task) without atomic()
    Tag.objects.get(pk=pk).tagged.create()  # -> outside: task (@shared_task) without atomic()
    order = Order.objects.get(pk=pk)
    order.products.add(Product.objects.first())  # -> outside: task (@shared_task) without atomic()
    order.products.set([])  # -> outside: task (@shared_task) without atomic()
    order.products.create(name="x")  # -> outside: task (@shared_task) without atomic()
    order.item_set.create()  # -> outside: task (@shared_task) without atomic()
    Product.objects.get(pk=pk).orders.add(order)  # -> outside: task (@shared_task) without atomic()
    invoices = customer.invoices
    invoices.create()  # -> outside: task (@shared_task) without atomic()
    customer.invoices.add(Invoice(), bulk=False)  # -> outside: task (@shared_task) without atomic()
    customer.invoices.add(Invoice.objects.get(pk=pk))
    customer.invoices.update(paid=True)
    cart.invoices.create()
    order.products.remove(1)
    Tag.objects.get(pk=pk).invoices.create()


def guessed(request, customer, other):
    customer.invoices.create()  # -> unknown: guessed() leaves the transaction to its callers
    request.customer.invoices.create()  # -> unknown: guessed() leaves the transaction to its callers
    other.invoices.create()


def of_the_user(request):
    request.user.invoice_set.create()  # -> unknown: of_the_user() leaves the transaction to its callers
