"""celery: a task that is tried again gives its number back."""

from __future__ import annotations

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import models, transaction

from gapless_fields import GaplessSequenceField

pytestmark = pytest.mark.django_db(transaction=True)

app = Celery("packages", broker="memory://", backend="cache+memory://", set_as_current=False)
app.conf.broker_transport_options = {"polling_interval": 0.01}


class Tasked(models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="celery")

    class Meta:
        app_label = "packages"


@app.task(bind=True, autoretry_for=[ValueError], default_retry_delay=0, retry_jitter=False)
def write(self, text, failures):
    with transaction.atomic():
        row = Tasked.objects.create(text=text)
        if self.request.retries < failures:
            raise ValueError("again")
    return row.number


@pytest.fixture(scope="module", autouse=True)
def worker():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELERY_SKIP_CHECKS", "true")  # which ask databases from Django 6.1 on
        with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
            yield


def test_a_task_that_is_tried_again_gives_its_number_back():
    results = [write.delay(text, failures) for text, failures in (("a", 2), ("b", 0))]
    taken = {result.get(timeout=30) for result in results}
    assert taken == {1, 2}
    assert sorted(Tasked.objects.values_list("number", flat=True)) == [1, 2]


def test_a_task_of_a_transaction_that_is_rolled_back_is_not_started():
    results = []
    with transaction.atomic():
        write.delay_on_commit("a", 0)
        transaction.set_rollback(True)
    with transaction.atomic():
        transaction.on_commit(lambda: results.append(write.delay("b", 0)))
    assert results[0].get(timeout=30) == 1
    assert list(Tasked.objects.values_list("text", "number")) == [("b", 1)]
