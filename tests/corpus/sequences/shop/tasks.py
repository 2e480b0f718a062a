import gapless_fields
from celery import shared_task
from django.db import transaction
from gapless_fields import Sequence, get_last_value, get_next_value, get_next_values
from gapless_fields import get_next_value as number
from gapless_fields.sequences import get_next_value as deep
from othersequences import get_next_value as other
from shop.models import CASES


@shared_task
def take():
    get_next_value("cases")  # -> outside: task (@shared_task) without atomic()
    get_next_values(3, "cases")  # -> outside: task (@shared_task) without atomic()
    number()  # -> outside: task (@shared_task) without atomic()
    deep()  # -> outside: task (@shared_task) without atomic()
    other()
    gapless_fields.get_next_value()  # -> outside: task (@shared_task) without atomic()
    Sequence("cases").get_next_value()  # -> outside: task (@shared_task) without atomic()
    Sequence("cases").get_next_values(2)  # -> outside: task (@shared_task) without atomic()
    sequence = Sequence("cases")
    next(sequence)  # -> outside: task (@shared_task) without atomic()
    sequence.get_next_value(nowait=True)  # -> outside: task (@shared_task) without atomic()
    sequence.get_last_value()
    get_last_value("cases")
    CASES.get_next_value()  # -> outside: task (@shared_task) without atomic()
    next(CASES)  # -> outside: task (@shared_task) without atomic()
    next(iter([1]))
    with transaction.atomic():
        get_next_value("cases")  # -> inside: transaction.atomic()
        next(sequence)  # -> inside: transaction.atomic()
    with transaction.atomic(using="other"):
        get_next_value("cases")  # -> outside: transaction.atomic() is on "other", the row goes to "default"
        get_next_value("cases", using="other")  # -> inside: transaction.atomic()
        Sequence("cases", using="other").get_next_value()  # -> inside: transaction.atomic()
    for value in sequence:  # -> outside: task (@shared_task) without atomic()
        print(value)


def helper():
    return get_next_value("cases")  # -> unknown: helper() leaves the transaction to its callers
