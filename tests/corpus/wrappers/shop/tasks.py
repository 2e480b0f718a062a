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
        Invoice.objects.create()  # -> inside: unit_of_work
    with wrappers.nested_unit_of_work():
        Invoice.objects.create()  # -> inside: nested_unit_of_work
    with nested_unit_of_work():
        Invoice.objects.create()  # -> inside: nested_unit_of_work
    with after_work():
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()
    with sometimes(True):
        Invoice.objects.create()  # -> unknown: sometimes, but not on every path
    with block():
        Invoice.objects.create()  # -> inside: transaction.atomic()
    with Unit():
        Invoice.objects.create()  # -> inside: Unit
    with Timer():
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()
    with Durable(None, True, True):
        Invoice.objects.create()  # -> inside: Durable


@shared_task
@transactional
def a():
    Invoice.objects.create()  # -> inside: @transactional


@shared_task
@by_decorator
def b():
    Invoice.objects.create()  # -> inside: @by_decorator


@shared_task
@directly
def c():
    Invoice.objects.create()  # -> inside: @directly


@shared_task
@factory(retries=3)
def d():
    Invoice.objects.create()  # -> inside: @factory(retries=3)


@shared_task
@optional
def e():
    Invoice.objects.create()  # -> inside: @optional


@shared_task
@optional(name="f")
def f():
    Invoice.objects.create()  # -> inside: @optional(name='f')


@shared_task
@logged
def g():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


@shared_task
@unit_of_work()
def h():
    Invoice.objects.create()  # -> inside: @unit_of_work()


@shared_task
@maybe
def i():
    Invoice.objects.create()  # -> unknown: @maybe, but not on every path


@shared_task
@Timer()
def j():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()
