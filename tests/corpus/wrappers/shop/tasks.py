from celery import shared_task
from shop import wrappers
from shop.models import Invoice
from shop.wrappers import (
    Durable,
    Timer,
    Unit,
    after_work,
    block,
    by_decorator,
    directly,
    factory,
    logged,
    maybe,
    nested_unit_of_work,
    optional,
    sometimes,
    transactional,
    unit_of_work,
)


@shared_task
def contexts():
    with unit_of_work():
        Invoice.objects.create()  # -> inside
    with wrappers.nested_unit_of_work():
        Invoice.objects.create()  # -> inside
    with nested_unit_of_work():
        Invoice.objects.create()  # -> inside
    with after_work():
        Invoice.objects.create()  # -> outside
    with sometimes(True):
        Invoice.objects.create()  # -> unknown
    with block():
        Invoice.objects.create()  # -> inside
    with Unit():
        Invoice.objects.create()  # -> inside
    with Timer():
        Invoice.objects.create()  # -> outside
    with Durable(None, True, True):
        Invoice.objects.create()  # -> inside


@shared_task
@transactional
def a():
    Invoice.objects.create()  # -> inside


@shared_task
@by_decorator
def b():
    Invoice.objects.create()  # -> inside


@shared_task
@directly
def c():
    Invoice.objects.create()  # -> inside


@shared_task
@factory(retries=3)
def d():
    Invoice.objects.create()  # -> inside


@shared_task
@optional
def e():
    Invoice.objects.create()  # -> inside


@shared_task
@optional(name="f")
def f():
    Invoice.objects.create()  # -> inside


@shared_task
@logged
def g():
    Invoice.objects.create()  # -> outside


@shared_task
@unit_of_work()
def h():
    Invoice.objects.create()  # -> inside


@shared_task
@maybe
def i():
    Invoice.objects.create()  # -> unknown


@shared_task
@Timer()
def j():
    Invoice.objects.create()  # -> outside
