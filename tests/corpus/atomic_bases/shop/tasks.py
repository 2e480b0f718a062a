from celery import Task
from shop.bases import AtomicTaskMixin
from shop.models import Invoice


class Inside(AtomicTaskMixin, Task):
    def run(self):
        Invoice.objects.create()  # -> inside: AtomicTaskMixin.__call__() opens atomic()


class Outside(Task):
    def run(self):
        Invoice.objects.create()  # -> outside: task without atomic()
