"""The form that moves a counter forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminBigIntegerFieldWidget, AdminTextareaWidget
from django.utils.translation import gettext_lazy as _

from gapless_fields.counter_admin.moving import left_out
from gapless_fields.series.series import MAX_VALUE

if TYPE_CHECKING:
    from gapless_fields.series.series import Series


class MoveForm(forms.Form):
    """Asks to which number a counter is moved, and why.

    Args:
        series: the series.
        before: its last number, as the counter says without a lock.
    """

    last = forms.IntegerField(
        label=_("New last number"),
        min_value=0,
        max_value=MAX_VALUE,
        widget=AdminBigIntegerFieldWidget(attrs={"autofocus": True}),
        help_text=_(
            "The numbers up to this one become void. The next row gets the number after it."
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The register keeps it for ever, with your name."),
    )

    def __init__(self, *args: Any, series: Series, before: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.series = series
        self.before = before

    def clean_last(self) -> int:
        last: int = self.cleaned_data["last"]
        left_out(self.series, self.before, last)
        return last
