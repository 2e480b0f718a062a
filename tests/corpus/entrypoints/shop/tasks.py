import threading

import dramatiq
import huey.contrib.djhuey as huey
from celery import Task, shared_task
from channels.generic.websocket import JsonWebsocketConsumer
from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.tasks import task
from django_rq import job
from shop.celery import app
from shop.models import Invoice


@shared_task
def celery_task():
    Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


@app.task(bind=True)
def celery_app_task(self):
    Invoice.objects.create()  # -> outside: task (@task) without atomic()


@shared_task
@transaction.atomic
def celery_task_in_a_transaction():
    Invoice.objects.create()  # -> inside: @transaction.atomic


@task
def django_task():
    Invoice.objects.create()  # -> outside: task (@task) without atomic()


@job
def rq_job():
    Invoice.objects.create()  # -> outside: task (@job) without atomic()


@dramatiq.actor
def dramatiq_actor():
    Invoice.objects.create()  # -> outside: task (@actor) without atomic()


@huey.db_task()
def huey_task():
    Invoice.objects.create()  # -> outside: task (@db_task) without atomic()


class ClassTask(Task):
    def run(self):
        Invoice.objects.create()  # -> outside: task without atomic()


class Consumer(JsonWebsocketConsumer):
    def receive_json(self, content):
        Invoice.objects.create()  # -> outside: consumer without atomic()

    def issue(self, event):
        Invoice.objects.create()  # -> outside: consumer without atomic()


class ShopConfig(AppConfig):
    def ready(self):
        Invoice.objects.create()  # -> outside: AppConfig.ready() without atomic()


class Worker(threading.Thread):
    def run(self):
        Invoice.objects.create()  # -> outside: thread without atomic()


class Middleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        Invoice.objects.create()  # -> outside: middleware without atomic()
        return self.get_response(request)


@receiver(post_save)
def received(sender, **kwargs):
    Invoice.objects.create()  # -> unknown: received() leaves the transaction to its callers


def helper():
    Invoice.objects.create()  # -> unknown: helper() leaves the transaction to its callers


def main():
    Invoice.objects.create()  # -> outside: code of a module or script without atomic()


if __name__ == "__main__":
    main()
