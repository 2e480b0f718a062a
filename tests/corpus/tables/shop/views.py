from django.db import transaction

from shop import registry
from shop.models import Invoice
from shop.runner import Runner
from shop.services import CAREFUL, PARTS, SERVICES, TRANSITIONS, issue_in_a_loop


def by_key(request, kind):
    registry.HANDLERS[kind](request)


def carefully(request, kind):
    with transaction.atomic():
        CAREFUL[kind](request)


def by_transition(request, old, new):
    label, transition = TRANSITIONS[old, new]
    transition(request)


def in_a_loop(request):
    for service in (print, issue_in_a_loop):
        service(request)


def by_class(request):
    for cls in SERVICES:
        cls().run()


def by_steps(request):
    Runner().go()


def refund(request):
    Invoice.objects.create()  # -> inside: transaction.atomic()


def pay(request):
    Invoice.objects.create()  # -> unknown: pay() leaves the transaction to its callers


ACTIONS = {"refund": refund}
LATER = {}
LATER["pay"] = pay


def act(request, kind):
    with transaction.atomic():
        ACTIONS[kind](request)


def act_later(request, kind):
    LATER[kind](request)


def by_parts(request, kind):
    PARTS[kind](request)
