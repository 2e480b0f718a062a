"""django-money: one series a currency."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from djmoney.models.fields import MoneyField
from djmoney.money import Money

from gapless_fields import GaplessSequenceField, ScopeChanged

pytestmark = pytest.mark.django_db


class MoneyBill(models.Model):
    total = MoneyField(max_digits=12, decimal_places=2, default_currency="EUR")
    number = GaplessSequenceField(sequence="money bills", scope=["total_currency"])

    class Meta:
        app_label = "packages"


def test_each_currency_is_a_series():
    totals = [Money(1, "EUR"), Money(2, "USD"), Money(3, "EUR"), 4]
    assert [MoneyBill.objects.create(total=total).number for total in totals] == [1, 1, 2, 3]
    bills = MoneyBill.objects.bulk_create(MoneyBill(total=Money(5, "USD")) for _ in range(2))
    assert [bill.number for bill in bills] == [2, 3]


def test_the_amount_may_change_and_the_currency_may_not():
    bill = MoneyBill.objects.create(total=Money(1, "EUR"))
    bill.total = Money(2, "EUR")
    bill.save()
    bill.total = Money(2, "USD")
    with pytest.raises(ScopeChanged), transaction.atomic():
        bill.save()
    bill.refresh_from_db()
    assert (bill.total, bill.number) == (Money(2, "EUR"), 1)
