"""django-multitenant: the tenant's column in the scope, or one series for all."""

from __future__ import annotations

import pytest
from django.db import connection, models

from gapless_fields import GaplessSequenceField, Sequence

if connection.vendor != "postgresql":
    pytest.skip("django-multitenant is for PostgreSQL alone", allow_module_level=True)

from django_multitenant.mixins import TenantManagerMixin, TenantModelMixin
from django_multitenant.utils import set_current_tenant, unset_current_tenant

pytestmark = pytest.mark.django_db


class TenantManager(TenantManagerMixin, models.Manager):
    pass


class Store(TenantModelMixin, models.Model):
    class Meta:
        app_label = "packages"

    class TenantMeta:
        tenant_field_name = "id"


class Receipt(TenantModelMixin, models.Model):
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    number = GaplessSequenceField(sequence="multitenant_receipts", scope=["store"])
    shared = GaplessSequenceField(sequence="multitenant_shared")
    objects = TenantManager()

    class Meta:
        app_label = "packages"

    class TenantMeta:
        tenant_field_name = "store_id"


@pytest.fixture
def stores():
    yield [Store.objects.create() for _ in range(2)]
    unset_current_tenant()


def test_each_tenant_has_its_series_and_all_share_one_without_a_scope(stores):
    seen = []
    for store in (stores[0], stores[1], stores[0]):
        set_current_tenant(store)
        row = Receipt.objects.create()
        seen.append((row.store_id, row.number, row.shared))
    assert seen == [(stores[0].pk, 1, 1), (stores[1].pk, 1, 2), (stores[0].pk, 2, 3)]
    assert Receipt.objects.count() == 2


def test_bulk_create_numbers_for_the_current_tenant(stores):
    for store in stores:
        set_current_tenant(store)
        Receipt.objects.bulk_create([Receipt(), Receipt()])
        assert list(Receipt.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]
    last = [
        Sequence("multitenant_receipts", scope=(store.pk,)).get_last_value() for store in stores
    ]
    assert last == [2, 2]
