from functools import partial

from django.db import transaction
from shop.models import Invoice


def outside_by_two():
    return Invoice.objects.create()  # -> outside


def by_way_of():
    return outside_by_two()


def inside_by_all():
    return Invoice.objects.create()  # -> inside


def inside_and_outside():
    return Invoice.objects.create()  # -> outside


def never_called():
    return Invoice.objects.create()  # -> unknown


def only_by_never_called():
    return Invoice.objects.create()  # -> unknown


def also_never_called():
    return only_by_never_called()


def circle(depth):
    Invoice.objects.create()  # -> inside
    if depth:
        round_about(depth - 1)


def round_about(depth):
    circle(depth)


def lonely_circle(depth):
    Invoice.objects.create()  # -> unknown
    lonely_circle(depth - 1)


def by_partial():
    return Invoice.objects.create()  # -> outside


def by_map(total):
    return Invoice.objects.create(total=total)  # -> inside


def on_commit_of_another():
    return Invoice.objects.create()  # -> outside


def handed_to_runner():
    return Invoice.objects.create()  # -> inside


def handed_to_retry():
    return Invoice.objects.create()  # -> outside


def handed_to_stranger():
    return Invoice.objects.create()  # -> unknown


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
        return Invoice.objects.create()  # -> outside

    def issue_safely(self):
        return self._issue()

    def _issue(self):
        return Invoice.objects.create()  # -> inside

    @classmethod
    def of_class(cls):
        return Invoice.objects.create()  # -> inside

    @staticmethod
    def static():
        return Invoice.objects.create()  # -> outside


class Quiet:
    def issue(self):
        return Invoice.objects.create()  # -> unknown
