"""Classes by name (django-oscar), jobs by name (RQ), methods that are added to classes."""

import django_rq
from celery import shared_task
from django.contrib.auth import get_user_model
from django.db import transaction
from django.shortcuts import get_object_or_404
from elsewhere.models import Account
from oscar.core.loading import get_class, get_classes
from shop import creators, loading
from shop.creators import get_creator
from shop.models import Customer, Invoice

InvoiceCreator = get_class("shop.creators", "InvoiceCreator")
CarefulCreator, QuickCreator = get_classes("shop.creators", ["CarefulCreator", "QuickCreator"])
Nothing = get_class("shop.creators", "Nothing")


@shared_task
def create():
    InvoiceCreator().place()
    with transaction.atomic():
        CarefulCreator().place_carefully()
    QuickCreator().place_quickly()
    Nothing().place()
    get_creator().place_by_night()
    loading.get_class("shop.creators", "OwnCreator")().place_own()
    creators.KnownCreator().place_known()


def issue_by_night():
    Invoice.objects.create()  # -> outside: a queue runs it, in a process of its own


def enqueue():
    with transaction.atomic():
        django_rq.get_queue("default").enqueue("shop.jobs.issue_by_night")


def issue_all_of(customer):
    customer.invoices.create()  # -> outside: task (@shared_task) without atomic()


Customer.add_to_class("issue_all_of_them", issue_all_of)


@shared_task
def of_everybody(customers):
    for customer in customers:
        customer.issue_all_of_them()


def save_of_a_model(self):
    super().save()


creators.row, spare = 1, 2
Customer.add_to_class("issue_for_one", save_of_a_model)


def issue_first_of(customer):
    customer.invoices.create()  # -> inside: transaction.atomic()


Customer.add_to_class("issue_first", issue_first_of)


@shared_task
def of_one():
    with transaction.atomic():
        Customer.objects.get(name="a").issue_first()


@shared_task
def fetched(pk):
    customer = get_object_or_404(Customer.objects, pk=pk)
    customer.invoices.create()  # -> outside: task (@shared_task) without atomic()
    invoice = get_object_or_404(Invoice.objects, pk=pk)
    invoice.save()
    user = get_object_or_404(get_user_model(), pk=pk)
    user.invoices.create()
    other = get_object_or_404(customer.friends, pk=pk)
    other.save()
    account = get_object_or_404(Account, pk=pk)
    account.save()
    Invoice().pdf.save("name", b"")  # -> outside: task (@shared_task) without atomic()
    Invoice().pdf.save("name", b"", save=False)


functions = []


def remember(function):
    functions.append(function)


def issue_some_time():
    Invoice.objects.create()  # -> unknown: handed on


remember(issue_some_time)


def store(invoice, *, commit):
    if commit:
        invoice.save()  # -> outside: task (@shared_task) without atomic()


@shared_task
def stored():
    store(Invoice(), commit=True)


def write(total, save=False):
    if save:
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


@shared_task
def written(*values):
    write(*values)
