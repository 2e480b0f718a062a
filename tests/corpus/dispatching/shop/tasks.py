from celery import Task, shared_task
from django.db import transaction
from shop.models import Invoice
from third import AtomicTask as ThirdTask
from third_atomic.tasks import Base


class AtomicTask(Task):
    def __call__(self, *args, **kwargs):
        with transaction.atomic():
            return super().__call__(*args, **kwargs)


@shared_task(base=AtomicTask)
def inside():
    Invoice.objects.create()  # -> inside: AtomicTask.__call__() opens atomic()


@shared_task(base=Task)
def outside():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


@shared_task(base=ThirdTask)
def another():
    Invoice.objects.create()  # -> unknown: AtomicTask, of another package, but not on every path


@shared_task(base=Base)
def one_more():
    Invoice.objects.create()  # -> unknown: Base, of another package, but not on every path
