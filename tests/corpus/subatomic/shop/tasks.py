"""django-subatomic: what opens a transaction, what requires one, and what runs after it."""

from functools import partial

import django_subatomic.db
from celery import shared_task
from django_subatomic import db
from django_subatomic.db import durable, run_after_commit, savepoint, transaction
from django_subatomic.db import transaction_if_not_already, transaction_required
from shop.models import Invoice


@shared_task
def opened():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()
    with transaction():
        Invoice.objects.create()  # -> inside: transaction()
    with db.transaction():
        Invoice.objects.create()  # -> inside: transaction()
    with django_subatomic.db.transaction():
        Invoice.objects.create()  # -> inside: transaction()
    with transaction_if_not_already():
        Invoice.objects.create()  # -> inside: transaction_if_not_already()
    with transaction(), savepoint():
        Invoice.objects.create()  # -> inside: transaction()


@shared_task
def on_a_database():
    with transaction(using="default"):
        Invoice.objects.create()  # -> inside: transaction()
    with transaction(using="archive"):
        Invoice.objects.create()  # -> outside: transaction() is on "archive", the row goes to "default"
        Invoice.objects.using("archive").create()  # -> inside: transaction()


@shared_task
@transaction
def decorated():
    Invoice.objects.create()  # -> inside: @transaction


@shared_task
@db.transaction_if_not_already
def decorated_if_not_already():
    Invoice.objects.create()  # -> inside: @db.transaction_if_not_already


@shared_task
@transaction()
def decorated_by_a_call():
    Invoice.objects.create()  # -> inside: @transaction()


@shared_task
@transaction(using="archive")
def decorated_on_a_database():
    Invoice.objects.create()  # -> outside: @transaction(using='archive') is on "archive", the row goes to "default"


def wrapped():
    Invoice.objects.create()  # -> unknown: handed on


@shared_task
def wraps():
    transaction(wrapped)()


# Without a transaction these raise an exception: no row is ever inserted outside one.


def in_savepoint():
    with savepoint():
        Invoice.objects.create()  # -> inside: savepoint()


def required():
    with transaction_required():
        Invoice.objects.create()  # -> inside: transaction_required()


@transaction_required
def required_by_decorator():
    Invoice.objects.create()  # -> inside: @transaction_required


@transaction_required(using="archive")
def required_on_a_database():
    Invoice.objects.create()  # -> outside: @transaction_required(using='archive') is on "archive", the row goes to "default"


# ... and these would, in one.


@durable
def lasting():
    Invoice.objects.create()  # -> outside: @durable without atomic()
    with transaction():
        Invoice.objects.create()  # -> inside: transaction()


@durable
@transaction
def lasting_as_a_whole():
    Invoice.objects.create()  # -> inside: @transaction


# Afterwards


def afterwards():
    Invoice.objects.create()  # -> outside: on_commit() runs it after the transaction


def afterwards_too(customer):
    Invoice.objects.create()  # -> outside: on_commit() runs it after the transaction


@shared_task
def later():
    with transaction():
        run_after_commit(afterwards)
        run_after_commit(partial(afterwards_too, 1))
        db.run_after_commit(lambda: Invoice.objects.create(), using="default")  # -> outside: on_commit() runs it after the transaction


# Neither opens a transaction nor requires one


def whichever():
    if db.in_transaction():
        Invoice.objects.create()  # -> unknown: whichever() leaves the transaction to its callers
