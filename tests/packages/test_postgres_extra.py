"""django-postgres-extra: an upsert numbers no row, and drafts are issued after it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from django.db import connection

from tests.packages.projects import project

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="django-postgres-extra is for PostgreSQL alone"
    ),
    pytest.mark.skipif(
        find_spec("psqlextra") is None, reason="django-postgres-extra 3.0 demands Django 5"
    ),
]

SETTINGS = """
DATABASES["default"]["ENGINE"] = "psqlextra.backend"
INSTALLED_APPS = ["django.contrib.postgres", "psqlextra", "gapless_fields", "shop"]
"""
SHOP = """
from django.db import models
from gapless_fields import GaplessSequenceField
from psqlextra.models import PostgresModel

class Invoice(PostgresModel):
    code = models.CharField(max_length=10, unique=True)
    issued_on = models.DateField(null=True)
    number = GaplessSequenceField(sequence="invoices", when="issued_on", null=True)

class Receipt(PostgresModel):
    code = models.CharField(max_length=10, unique=True)
    number = GaplessSequenceField(sequence="receipts", null=True)
"""
NAMES = """
call_command("migrate", run_syncdb=True, verbosity=0)

import datetime
from django.db import transaction
from gapless_fields import assign_numbers, get_last_value
from shop.models import Invoice, Receipt

today = datetime.date(2026, 11, 27)
"""
INSERTS = """
with transaction.atomic():
    Receipt.objects.create(code="a")
    Receipt.objects.insert(code="b")
    Receipt.objects.bulk_insert([{"code": "c"}, {"code": "d"}])
    Receipt.objects.upsert(conflict_target=["code"], fields={"code": "e"})
print(*Receipt.objects.order_by("code").values_list("code", "number"))
"""
UPSERTS = """
with transaction.atomic():
    Invoice.objects.create(code="a", issued_on=today)
rows = [{"code": "a"}, {"code": "b"}]
for _ in range(2):
    with transaction.atomic():
        Invoice.objects.bulk_upsert(conflict_target=["code"], rows=rows)      # as drafts
        Invoice.objects.filter(issued_on=None).update(issued_on=today)
        assign_numbers(Invoice.objects.filter(number=None), order_by=["pk"])
    print(*Invoice.objects.order_by("code").values_list("code", "number"))
print(get_last_value("invoices"))
"""


def test_inserts_number_their_rows_and_an_upsert_does_not(tmp_path):
    with project(tmp_path, SETTINGS, shop=SHOP) as run:
        assert run(NAMES + INSERTS) == ["('a', 1) ('b', 2) ('c', 3) ('d', 4) ('e', None)"]


def test_drafts_of_an_upsert_are_issued_in_the_same_transaction(tmp_path):
    with project(tmp_path, SETTINGS, shop=SHOP) as run:
        assert run(NAMES + UPSERTS) == ["('a', 1) ('b', 2)", "('a', 1) ('b', 2)", "2"]
