"""django-tenants: each tenant counts for itself, if each has counters of its own."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.packages.projects import SHOP, project

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="django-tenants is for PostgreSQL alone"
    ),
]

SETTINGS = """
DATABASES["default"]["ENGINE"] = "django_tenants.postgresql_backend"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL = "customers.Customer"
TENANT_DOMAIN_MODEL = "customers.Domain"
SILENCED_SYSTEM_CHECKS = ["gapless_fields.I101"]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
"""
EACH = """
SHARED_APPS = ["django_tenants", "django.contrib.contenttypes", "customers"]
TENANT_APPS = ["gapless_fields", "shop"]
"""
SHARED = """
SHARED_APPS = ["django_tenants", "django.contrib.contenttypes", "customers", "gapless_fields"]
TENANT_APPS = ["shop"]
"""
CUSTOMERS = """
from django_tenants.models import DomainMixin, TenantMixin

class Customer(TenantMixin):
    pass

class Domain(DomainMixin):
    pass
"""
INVOICES = """
call_command("makemigrations", "customers", "shop", verbosity=0)
call_command("migrate_schemas", shared=True, verbosity=0)

from customers.models import Customer
from django.db import transaction
from django_tenants.utils import tenant_context
from shop.models import Invoice

for name in ("a", "b"):
    Customer(schema_name=name).save(verbosity=0)
for name in ("a", "b", "a"):
    with tenant_context(Customer.objects.get(schema_name=name)), transaction.atomic():
        print(name, Invoice.objects.create().number)
"""


def test_each_tenant_counts_for_itself(tmp_path):
    with project(tmp_path, EACH + SETTINGS, customers=CUSTOMERS, shop=SHOP) as run:
        assert run(INVOICES) == ["a 1", "b 1", "a 2"]
        assert run('call_command("all_tenants_command", "sync_sequences")') == [
            "Applying command to: a",
            "invoices: 2 rows, 0 missing, 0 double; already right at 2",
            "Applying command to: b",
            "invoices: 1 row, 0 missing, 0 double; already right at 1",
        ]
        assert run('call_command("check", databases=["default"])') == [
            "System check identified no issues (1 silenced)."
        ]


def test_tenants_that_share_the_counters_have_gaps(tmp_path):
    with project(tmp_path, SHARED + SETTINGS, customers=CUSTOMERS, shop=SHOP) as run:
        assert run(INVOICES) == ["a 1", "b 2", "a 3"]
        check = "from django.core import checks\nprint([c.id for c in checks.run_checks()])"
        assert run(check) == ["['gapless_fields.I101', 'gapless_fields.W108']"]
