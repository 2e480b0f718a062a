"""The page that moves a counter forward: the form, what it will do, and the deed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections, router, transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from gapless_fields.audit.strips import shown
from gapless_fields.counter_admin.forms import MoveForm
from gapless_fields.counter_admin.moving import left_out, move_forward
from gapless_fields.counter_admin.texts import labels
from gapless_fields.counters.transactions import lock_errors
from gapless_fields.exceptions import GaplessError
from gapless_fields.models import Counter

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from gapless_fields.counter_admin.admins import CounterAdmin
    from gapless_fields.series.ranges import NumberRange
    from gapless_fields.series.series import Series

LONGEST_NAME = 255


class MovePage:
    """Answers a request to move a counter.

    The first POST shows what will happen, and the second, which confirms it, does it: numbers that
    are void stay void.

    Raises:
        PermissionDenied: the user may not move counters.
    """

    def __init__(self, modeladmin: CounterAdmin, request: HttpRequest) -> None:
        if not modeladmin.has_move_permission(request):
            raise PermissionDenied
        self.modeladmin = modeladmin
        self.request = request

    def respond(self, counter: Counter) -> HttpResponse:
        """Return the page, or the way back after the counter was moved."""
        series = self.modeladmin.known(counter).series
        if series is None or series.reset_value is not None:
            refusal = labels()["unknown" if series is None else "repeating"]
            return self._page(counter, refusal=refusal)
        data = self.request.POST if self.request.method == "POST" else None
        form = MoveForm(data, series=series, before=counter.last)
        if not form.is_valid():
            return self._page(counter, form=form)
        if "confirmed" not in self.request.POST:
            numbers = left_out(series, counter.last, form.cleaned_data["last"])
            return self._page(counter, form=form, effect=_effect(numbers))
        try:
            numbers = self._move(counter, series, form.cleaned_data)
        except ValidationError as error:
            form.add_error("last", error)
        except GaplessError as error:
            form.add_error(None, str(error))
        else:
            messages.success(self.request, _effect(numbers))
            return HttpResponseRedirect(self._url("change", counter))
        return self._page(counter, form=form)

    def _move(self, counter: Counter, series: Series, values: dict[str, Any]) -> NumberRange:
        """Move the counter, and log that in the same transaction."""
        using = router.db_for_write(Counter)
        last, reason = values["last"], values["reason"]
        by = self.request.user.get_username()[:LONGEST_NAME]
        with lock_errors(connections[using], str(series)), transaction.atomic(using=using):
            numbers = move_forward(series, last, reason=reason, by=by, using=using)
            counter.last = last
            said = {"last": last, "numbers": shown(numbers), "reason": reason}
            text = _("Moved forward to %(last)d. Void: %(numbers)s. Reason: %(reason)s") % said
            self.modeladmin.log_change(self.request, counter, text)
        return numbers

    def _page(self, counter: Counter, **more: Any) -> HttpResponse:
        context = {
            **self.modeladmin.admin_site.each_context(self.request),
            "t": labels(),
            "title": labels()["move"],
            "opts": self.modeladmin.opts,
            "counter": counter,
            "words": self.modeladmin.known(counter).words,
            "counter_url": self._url("change", counter),
            "media": self.modeladmin.media,
            **more,
        }
        return TemplateResponse(self.request, "gapless_fields/counter_move.html", context)

    def _url(self, view: str, counter: Counter) -> str:
        site = self.modeladmin.admin_site.name
        name = f"admin:gapless_fields_counter_{view}"
        return reverse(name, args=[quote(counter.key)], current_app=site)


def _effect(numbers: NumberRange) -> str:
    values = {"numbers": shown(numbers), "count": len(numbers), "next": numbers.last + 1}
    return _("Void: %(numbers)s. How many numbers: %(count)d. The next number: %(next)d.") % values
