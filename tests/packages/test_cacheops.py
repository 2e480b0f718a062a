"""django-cacheops: cached rows show their numbers, those of assign_numbers() by a receiver."""

from __future__ import annotations

import uuid

import pytest
import redis

from tests.packages.projects import project

pytestmark = pytest.mark.django_db

SETTINGS = """
INSTALLED_APPS = ["cacheops", "gapless_fields", "shop"]
CACHEOPS_REDIS = {{"host": "127.0.0.1", "port": 6379}}
CACHEOPS_PREFIX = lambda query: "{prefix}"
CACHEOPS = {{"*.*": {{"ops": "all", "timeout": 60}}, "gapless_fields.*": None}}
"""
SHOP = """
from django.db import models
from gapless_fields import GaplessSequenceField

class Invoice(models.Model):
    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="invoices", when="issued", null=True)
"""
ROWS = """
call_command("migrate", run_syncdb=True, verbosity=0)

from cacheops import invalidate_model
from django.db import connection, transaction
from django.dispatch import receiver
from django.test.utils import CaptureQueriesContext
from gapless_fields import assign_numbers, deferred_numbering, get_last_value, rows_numbered
from shop.models import Invoice

def show():
    print([row.number for row in Invoice.objects.order_by("pk")])

with transaction.atomic():
    row = Invoice.objects.create()
show()
with CaptureQueriesContext(connection) as queries:
    show()
print(len(queries), "queries")
"""
SAVES = """
row.issued = True
with transaction.atomic():
    row.save()
show()
with transaction.atomic():
    Invoice.objects.create(issued=True)
show()
print(get_last_value("invoices"))
"""
ASSIGNED = """
Invoice.objects.bulk_create([Invoice(), Invoice()])
Invoice.objects.filter(pk=row.pk).invalidated_update(issued=True)
show()
assign_numbers(Invoice.objects.all())
show()
"""
RECEIVER = """
@receiver(rows_numbered)
def forget_cached(sender, **kwargs):
    invalidate_model(sender)      # from cacheops import invalidate_model
"""


@pytest.fixture
def run(tmp_path):
    client = redis.Redis(host="127.0.0.1", port=6379)
    try:
        client.ping()
    except redis.ConnectionError:
        pytest.skip("no Redis at 127.0.0.1:6379")
    prefix = f"gapless-{uuid.uuid4()}:"
    with project(tmp_path, SETTINGS.format(prefix=prefix), shop=SHOP) as run:
        yield run
    for key in client.scan_iter(f"*{prefix}*"):
        client.delete(key)


def test_rows_are_cached_and_show_the_numbers_that_they_have(run):
    assert run(ROWS + SAVES) == ["[None]", "[None]", "0 queries", "[1]", "[1, 2]", "2"]


def test_rows_that_assign_numbers_has_numbered_are_forgotten_by_a_receiver(run):
    before = ["[None]", "[None]", "0 queries", "[None, None, None]"]
    assert run(ROWS + RECEIVER + ASSIGNED) == [*before, "[1, None, None]"]


def test_rows_that_assign_numbers_has_numbered_are_old_without_it(run):
    before = ["[None]", "[None]", "0 queries", "[None, None, None]"]
    assert run(ROWS + ASSIGNED) == [*before, "[None, None, None]"]
