from functools import partial

from django.db import transaction
from shop.models import Invoice


def issue(order):
    Invoice.objects.create()  # -> outside: view without atomic()


def issue_carefully(order):
    Invoice.objects.create()  # -> inside: transaction.atomic()


def issue_on_transition(order):
    Invoice.objects.create()  # -> outside: view without atomic()


def issue_by_service(order):
    Invoice.objects.create()  # -> outside: view without atomic()


def issue_in_a_loop(order):
    Invoice.objects.create()  # -> outside: view without atomic()


def issue_as_a_step(order):
    Invoice.objects.create()  # -> outside: view without atomic()


class Issue:
    def run(self):
        Invoice.objects.create()  # -> outside: view without atomic()


class IssueLater:
    def run(self):
        Invoice.objects.create()  # -> outside: view without atomic()


SERVICES = [Issue, IssueLater]
TRANSITIONS = {("draft", "issued"): ("Issue", issue_on_transition)}
CAREFUL = dict(issue=issue_carefully)


def issue_in_part(order):
    Invoice.objects.create()  # -> outside: view without atomic()


def issue_by_lambda(order):
    Invoice.objects.create()  # -> unknown: where lambda is called is not known


def issue_in_atomic(order):
    Invoice.objects.create()  # -> inside: transaction.atomic()


PARTS = {
    "part": partial(issue_in_part, None),
    "lambda": lambda order: issue_by_lambda(order),
    "atomic": transaction.atomic(issue_in_atomic),
}
