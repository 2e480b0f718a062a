from django.db import transaction
from django.shortcuts import get_object_or_404
from shop.models import Customer


def draft(request, pk):
    customer = Customer.objects.get(pk=pk)
    customer.invoices.create_draft()


def paid(request, pk):
    customer = get_object_or_404(Customer, pk=pk)
    with transaction.atomic():
        customer.invoices.create_paid()


def write(request, pk):
    Customer.objects.get(pk=pk).invoices.write()
