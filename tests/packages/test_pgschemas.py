"""django-pgschemas: each schema counts for itself."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from django.db import connection

from tests.packages.projects import SHOP, project

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="django-pgschemas is for PostgreSQL alone"
    ),
    # Not imported here, where its signals would need its settings.
    pytest.mark.skipif(
        find_spec("django_pgschemas") is None, reason="django-pgschemas 1.1 demands Django 5"
    ),
]

SETTINGS = """
DATABASES["default"]["ENGINE"] = "django_pgschemas.postgresql"
DATABASE_ROUTERS = ["django_pgschemas.routers.TenantAppsRouter"]
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
PUBLIC = ["django.contrib.auth", "django.contrib.contenttypes", "django_pgschemas", "customers"]
TENANTS = {
    "public": {"APPS": PUBLIC},
    "default": {
        "TENANT_MODEL": "customers.Customer",
        "DOMAIN_MODEL": "customers.Domain",
        "APPS": ["gapless_fields", "shop"],
        "URLCONF": "settings",
    },
}
INSTALLED_APPS = [*PUBLIC, "gapless_fields", "shop"]
"""
CUSTOMERS = """
from django_pgschemas.models import TenantModel
from django_pgschemas.routing.models import DomainModel

class Customer(TenantModel):
    pass

class Domain(DomainModel):
    pass
"""
INVOICES = """
call_command("makemigrations", "customers", "shop", verbosity=0)
call_command("migrateschema", schemas=["public"], verbosity=0)

from customers.models import Customer
from django.db import transaction
from shop.models import Invoice

for name in ("a", "b"):
    Customer(schema_name=name).save(verbosity=0)
for name in ("a", "b", "a"):
    with Customer.objects.get(schema_name=name), transaction.atomic():
        print(name, Invoice.objects.create().number)
"""
SYNC = """
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "runschema", "sync_sequences", "--include-all-schemas"])
"""


def test_each_schema_counts_for_itself(tmp_path):
    with project(tmp_path, SETTINGS, customers=CUSTOMERS, shop=SHOP) as run:
        assert run(INVOICES) == ["a 1", "b 1", "a 2"]
        assert sorted(run(SYNC)) == [
            'No model in the database "default" has a GaplessSequenceField.',
            "invoices: 1 row, 0 missing, 0 double; already right at 1",
            "invoices: 2 rows, 0 missing, 0 double; already right at 2",
        ]
