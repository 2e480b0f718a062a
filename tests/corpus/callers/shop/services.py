from functools import partial

from django.db import transaction
from shop.models import Invoice


def outside_by_two():
    return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


def by_way_of():
    return outside_by_two()


def inside_by_all():
    return Invoice.objects.create()  # -> inside: transaction.atomic()


def inside_and_outside():
    return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


def never_called():
    return Invoice.objects.create()  # -> unknown: never_called() leaves the transaction to its callers


def only_by_never_called():
    return Invoice.objects.create()  # -> unknown: also_never_called() leaves the transaction to its callers


def also_never_called():
    return only_by_never_called()


def circle(depth):
    Invoice.objects.create()  # -> inside: @transaction.atomic
    if depth:
        round_about(depth - 1)


def round_about(depth):
    circle(depth)


def lonely_circle(depth):
    Invoice.objects.create()  # -> unknown: lonely_circle() is called by itself alone
    lonely_circle(depth - 1)


def by_partial():
    return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


def by_map(total):
    return Invoice.objects.create(total=total)  # -> inside: @transaction.atomic


def on_commit_of_another():
    return Invoice.objects.create()  # -> outside: on_commit() runs it after the transaction


def handed_to_runner():
    return Invoice.objects.create()  # -> inside: in_transaction()


def handed_to_retry():
    return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


def handed_to_stranger():
    return Invoice.objects.create()  # -> unknown: handed on


def in_transaction(function, *args):
    with transaction.atomic():
        return function(*args)


def retry(function):
    for _ in range(3):
        try:
            return function()
        except ValueError:
            pass


later = partial(by_partial)


class Issuer:
    def issue(self):
        return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()

    def issue_safely(self):
        return self._issue()

    def _issue(self):
        return Invoice.objects.create()  # -> inside: @transaction.atomic

    @classmethod
    def of_class(cls):
        return Invoice.objects.create()  # -> inside: @transaction.atomic

    @staticmethod
    def static():
        return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


class Quiet:
    def issue(self):
        return Invoice.objects.create()  # -> unknown: issue() leaves the transaction to its callers
