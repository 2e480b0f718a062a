from celery import Task
from shop.bases import AtomicTaskMixin
from shop.models import Invoice


class Inside(AtomicTaskMixin, Task):
    def run(self):
        Invoice.objects.create()  # -> inside


class Outside(Task):
    def run(self):
        Invoice.objects.create()  # -> outside
