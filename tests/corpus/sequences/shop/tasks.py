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
    get_next_value("cases")  # -> outside
    get_next_values(3, "cases")  # -> outside
    number()  # -> outside
    deep()  # -> outside
    other()
    gapless_fields.get_next_value()  # -> outside
    Sequence("cases").get_next_value()  # -> outside
    Sequence("cases").get_next_values(2)  # -> outside
    sequence = Sequence("cases")
    next(sequence)  # -> outside
    sequence.get_next_value(nowait=True)  # -> outside
    sequence.get_last_value()
    get_last_value("cases")
    CASES.get_next_value()  # -> outside
    next(CASES)  # -> outside
    next(iter([1]))
    with transaction.atomic():
        get_next_value("cases")  # -> inside
        next(sequence)  # -> inside
    with transaction.atomic(using="other"):
        get_next_value("cases")  # -> outside
        get_next_value("cases", using="other")  # -> inside
        Sequence("cases", using="other").get_next_value()  # -> inside
    for value in sequence:  # -> outside
        print(value)


def helper():
    return get_next_value("cases")  # -> unknown
