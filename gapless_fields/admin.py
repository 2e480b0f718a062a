"""The admin: actions that number the selected rows, and that void and delete them.

Django imports this module where the admin is installed. The default site then shows the counters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import model_ngettext
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connections, transaction
from django.db.models import ProtectedError, RestrictedError
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from gapless_fields.counter_admin.registration import register_counters
from gapless_fields.exceptions import GaplessError
from gapless_fields.register.deletion import void_and_delete
from gapless_fields.rows.reading import begin_writing
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.backfill import assign_numbers

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse

    Admin = admin.ModelAdmin[Any]
else:
    Admin = object

_VOIDS = "_gapless_fields_voids"
"""An attribute of the request, while it is asked who may delete rows whose numbers become void."""


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

    As for Django's "Delete selected", the user needs the permission to delete each row, and each
    row that is deleted with it.

    Raises:
        PermissionDenied: the user has confirmed a deletion without the permission.
    """
    # Models cannot be imported before their application is loaded.
    from gapless_fields.models import RegisterEntry

    deleted = _deleted_objects(modeladmin, request, queryset)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if not form.is_valid() or deleted.protected:
        return _ask_for_reason(modeladmin, request, queryset, form, deleted)
    if deleted.perms_lacking:
        raise PermissionDenied
    using = queryset.select_for_update().db
    # Without the joins of the changelist, whose rows cannot all be locked.
    rows = queryset.model._base_manager.using(using).filter(pk__in=[row.pk for row in queryset])
    by = str(request.user)[: RegisterEntry._meta.get_field("by").max_length]
    try:
        with transaction.atomic(using=using):
            begin_writing(queryset.model, connections[using])
            rows = rows.select_for_update()
            count = len(rows)
            if rows:
                modeladmin.log_deletions(request, rows)
            void_and_delete(rows, reason=form.cleaned_data["reason"], by=by)
    except (ProtectedError, RestrictedError) as error:
        modeladmin.message_user(request, str(error.args[0]), messages.ERROR)
        return None
    except (GaplessError, IntegrityError) as error:
        modeladmin.message_user(request, str(error), messages.ERROR)
        return None
    text = _("Rows that were voided and deleted: %(count)d.") % {"count": count}
    modeladmin.message_user(request, text, messages.SUCCESS)
    return None


class ReasonForm(forms.Form):
    """Asks why numbers are void."""

    reason = forms.CharField(label=_("Reason"), widget=AdminTextInputWidget(attrs={"autofocus": 1}))


class _Deleted(NamedTuple):
    """What ``ModelAdmin.get_deleted_objects()`` returns."""

    objects: list[Any]
    model_count: dict[str, int]
    perms_lacking: set[str]
    protected: list[str]


def _deleted_objects(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> _Deleted:
    """Return what is deleted with the rows, and what speaks against it."""
    setattr(request, _VOIDS, True)
    try:
        return _Deleted(*modeladmin.get_deleted_objects(queryset, request))
    finally:
        delattr(request, _VOIDS)


def _ask_for_reason(
    modeladmin: admin.ModelAdmin[Any],
    request: HttpRequest,
    queryset: QuerySet[Any],
    form: ReasonForm,
    deleted: _Deleted,
) -> HttpResponse:
    """Return the page that lists the rows with their numbers, and asks why they are void."""
    names = [field.attname for field in numbered_fields(queryset.model)]
    rows = [
        (row, [number for name in names if (number := getattr(row, name)) is not None])
        for row in queryset
    ]
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": _("Void and delete"),
        "form": form,
        "explanation": _(
            "The rows are deleted. The register keeps their numbers with the reason, and the "
            "numbers are not given again."
        ),
        "rows": rows,
        "objects_name": model_ngettext(queryset),
        "deletable_objects": deleted.objects,
        "model_count": dict(deleted.model_count).items(),
        "others": sum(deleted.model_count.values()) > len(rows),
        "perms_lacking": deleted.perms_lacking,
        "protected": deleted.protected,
        "opts": modeladmin.model._meta,
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "media": modeladmin.media,
    }
    request.current_app = modeladmin.admin_site.name
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
        if obj is not None and not hasattr(request, _VOIDS) and _leaves_gap(obj):
            return False
        return super().has_delete_permission(request, obj)


def _leaves_gap(row: Model) -> bool:
    """Whether a deletion of the row leaves a gap: not in a series that starts again."""
    return any(
        getattr(row, field.attname) is not None
        for field in numbered_fields(type(row))
        if field.reset_value is None
    )


register_counters()
