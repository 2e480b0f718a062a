from __future__ import annotations

from typing import Annotated, Optional, Union

from celery import shared_task
from django.db.models import Manager, QuerySet
from shop.forms import InvoiceForm
from shop.models import Invoice


@shared_task
def issue(rows: QuerySet[Invoice], manager: Manager[Invoice]):
    rows.create()  # -> outside: task (@shared_task) without atomic()
    manager.create()  # -> outside: task (@shared_task) without atomic()
    Invoice.objects.issue()
    Invoice.objects.issue_one()


@shared_task
def finish(
    one: Optional[Invoice], two: Union[Invoice, None], three: Annotated[Invoice, "new"]
):
    one.save()  # -> unknown: whether the row is new depends on the caller
    two.save()  # -> unknown: whether the row is new depends on the caller
    three.save()  # -> unknown: whether the row is new depends on the caller


@shared_task
def broken(row: "not one (", form: InvoiceForm):
    row.save()
    form.save()  # -> outside: task (@shared_task) without atomic()


@shared_task
def new_by_hand(row: Invoice):
    if bool(row.pk):
        row.save()
    else:
        row.save()  # -> unknown: whether the row is new depends on the caller
