"""The admin class of counters: to be read, and moved forward with a permission of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext_lazy as _

from gapless_fields.counter_admin.examining import examine, voids_of
from gapless_fields.counter_admin.known import Known, known_of
from gapless_fields.counter_admin.lists import CounterList, SequenceFilter
from gapless_fields.counter_admin.move_page import MovePage
from gapless_fields.counter_admin.rows import rows_of
from gapless_fields.counter_admin.texts import labels

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from gapless_fields.models import Counter

    Admin = admin.ModelAdmin[Counter]
else:
    Admin = admin.ModelAdmin


class CounterAdmin(Admin):
    """Shows counters, and changes none.

    Opening a page reads no rows. "Examine" audits one series. "Move forward" needs the permission
    ``gapless_fields.move_counter``.
    """

    actions = None
    list_display = ["series_in_words", "name", "last"]
    list_filter = [("name", SequenceFilter)]
    search_fields = ["name", "scope"]
    search_help_text = _("Search by the name of the sequence, or by a value of the scope.")
    ordering = ["key"]  # the index that there is
    readonly_fields = ["series_in_words"]
    change_form_template = "gapless_fields/counter_change_form.html"

    class Media:
        css = {"all": ["gapless_fields/counters.css"]}

    @admin.display(description=_("Series"), ordering="key")
    def series_in_words(self, counter: Any) -> str:
        """Return the series of a counter in words."""
        words: str | None = getattr(counter, "in_words", None)
        return self.known(counter).words if words is None else words

    def known(self, counter: Any) -> Known:
        """Return what is known of one counter. It is found out once."""
        found: Known | None = getattr(counter, "known", None)
        if found is None:
            found = counter.known = known_of([counter], counter._state.db)[counter.key]
        return found

    def get_fields(self, request: HttpRequest, obj: Counter | None = None) -> list[str]:  # type: ignore[override]
        fields = ["series_in_words", "name", "last"]
        return fields if obj is None or obj.last_date is None else [*fields, "last_date"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CounterList]:
        return CounterList

    def get_urls(self) -> list[URLPattern]:
        move = self.admin_site.admin_view(self.move_view)
        return [
            path("<path:object_id>/move/", move, name="gapless_fields_counter_move"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Counter | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Counter | None = None) -> bool:
        return False

    def has_move_permission(self, request: HttpRequest, obj: Counter | None = None) -> bool:
        """Return whether the user may move counters forward, and view them."""
        return self.has_view_permission(request, obj) and request.user.has_perm(
            "gapless_fields.move_counter"
        )

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        known, using = self.known(obj), obj._state.db
        context |= {
            "t": labels(),
            "subtitle": known.words,
            "known": known,
            "loops": known.series is not None and known.series.reset_value is not None,
            "tables": rows_of(known, self.admin_site, request),
            "voids": voids_of(obj, using),
            "has_move_permission": self.has_move_permission(request, obj),
        }
        if known.series is not None and known.fields and "examine" in request.GET:
            context["examined"] = examine(known.series, using)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a number and a reason, and move the counter forward.

        Raises:
            Http404: there is no such counter.
            PermissionDenied: the user may not move it.
        """
        page = MovePage(self, request)
        counter = self.get_object(request, unquote(object_id))
        if counter is None:
            raise Http404
        return page.respond(counter)
