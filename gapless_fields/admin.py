"""The admin: an action that numbers the selected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gapless_fields.exceptions import GaplessError
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.backfill import assign_numbers

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.action(
    permissions=["change"],
    description=_("Give the selected %(verbose_name_plural)s their numbers"),
)
def assign_numbers_to_selected(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> None:
    """Number the selected rows that are due, in one transaction: an action for ``ModelAdmin``.

    The rows are numbered in the order of the model's ``Meta.ordering``, or else of their primary
    keys.

    After ``queryset.update(issued_on=…)``, either call ``assign_numbers(queryset)`` in the same
    transaction, or run this action.
    """
    fields = numbered_fields(queryset.model)
    order = [*queryset.model._meta.ordering, "pk"]  # not the order of the changelist
    try:
        with transaction.atomic(using=queryset.select_for_update().db):
            count = sum(assign_numbers(queryset, field.name, order_by=order) for field in fields)
    except GaplessError as error:
        modeladmin.message_user(request, str(error), messages.ERROR)
        return
    text = _("Rows that were numbered: %(count)d.") % {"count": count}
    modeladmin.message_user(request, text, messages.SUCCESS)
