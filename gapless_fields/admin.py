"""The admin: actions that number the selected rows, and that void and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from gapless_fields.exceptions import GaplessError
from gapless_fields.register.deletion import void_and_delete
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.backfill import assign_numbers

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    Admin = admin.ModelAdmin[Any]
else:
    Admin = object


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


@admin.action(
    permissions=["delete"],
    description=_("Void and delete the selected %(verbose_name_plural)s"),
)
def void_and_delete_selected(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Ask for a reason, then void the numbers of the selected rows and delete the rows.

    An action for ``ModelAdmin``; ``NumberedAdminMixin`` adds it. Everything is deleted, or nothing,
    in one transaction. The register names the user.
    """
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return _ask_for_reason(modeladmin, request, queryset)
    by = str(request.user)
    rows = list(queryset)
    try:
        with transaction.atomic(using=queryset.select_for_update().db):
            modeladmin.log_deletions(request, queryset)
            void_and_delete(rows, reason=reason, by=by)
    except (ProtectedError, RestrictedError) as error:
        modeladmin.message_user(request, str(error.args[0]), messages.ERROR)
        return None
    except (GaplessError, IntegrityError) as error:
        modeladmin.message_user(request, str(error), messages.ERROR)
        return None
    text = _("Rows that were voided and deleted: %(count)d.") % {"count": len(rows)}
    modeladmin.message_user(request, text, messages.SUCCESS)
    return None


def _ask_for_reason(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse:
    """Return the page that lists the rows with their numbers, and asks why they are void."""
    names = [field.name for field in numbered_fields(queryset.model)]
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": _("Void and delete"),
        "label": _("Reason"),
        "explanation": _(
            "The rows are deleted. The register keeps their numbers with the reason, and the "
            "numbers are not given again."
        ),
        "button": _("Void and delete"),
        "rows": [
            (row, ", ".join(str(getattr(row, name)) for name in names if getattr(row, name)))
            for row in queryset
        ],
        "opts": modeladmin.model._meta,
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "media": modeladmin.media,
    }
    return TemplateResponse(request, "gapless_fields/void_and_delete.html", context)


class NumberedAdminMixin(Admin):
    """Lets an admin class void the numbers of rows that it deletes.

    "Void and delete" takes the place of Django's "Delete selected". A row that has its number has
    no "Delete" button on its page, because a deletion there would leave a gap without a reason::

        @admin.register(Invoice)
        class InvoiceAdmin(NumberedAdminMixin, admin.ModelAdmin): ...
    """

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        # Django 6.1 passes where the actions are shown, and warns of methods that do not take it.
        options = {} if action_location is None else {"action_location": action_location}
        actions = super().get_actions(request, **options)
        if actions.pop("delete_selected", None) is not None:
            found = self.get_action(void_and_delete_selected)
            if found is not None:
                actions["void_and_delete_selected"] = found
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and any(
            getattr(obj, field.attname) is not None for field in numbered_fields(type(obj))
        ):
            return False
        return super().has_delete_permission(request, obj)
