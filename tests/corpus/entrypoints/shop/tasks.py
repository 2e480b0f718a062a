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
    Invoice.objects.create()  # -> outside


@app.task(bind=True)
def celery_app_task(self):
    Invoice.objects.create()  # -> outside


@shared_task
@transaction.atomic
def celery_task_in_a_transaction():
    Invoice.objects.create()  # -> inside


@task
def django_task():
    Invoice.objects.create()  # -> outside


@job
def rq_job():
    Invoice.objects.create()  # -> outside


@dramatiq.actor
def dramatiq_actor():
    Invoice.objects.create()  # -> outside


@huey.db_task()
def huey_task():
    Invoice.objects.create()  # -> outside


class ClassTask(Task):
    def run(self):
        Invoice.objects.create()  # -> outside


class Consumer(JsonWebsocketConsumer):
    def receive_json(self, content):
        Invoice.objects.create()  # -> outside

    def issue(self, event):
        Invoice.objects.create()  # -> outside


class ShopConfig(AppConfig):
    def ready(self):
        Invoice.objects.create()  # -> outside


class Worker(threading.Thread):
    def run(self):
        Invoice.objects.create()  # -> outside


class Middleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        Invoice.objects.create()  # -> outside
        return self.get_response(request)


@receiver(post_save)
def received(sender, **kwargs):
    Invoice.objects.create()  # -> unknown


def helper():
    Invoice.objects.create()  # -> unknown


def main():
    Invoice.objects.create()  # -> outside


if __name__ == "__main__":
    main()
