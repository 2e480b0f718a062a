"""The only table of this package."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from gapless_fields.series.series import MAX_KEY_LENGTH


class Counter(models.Model):
    """The last number of one series.

    Only ``gapless_fields.counters`` writes it. Use ``gapless_fields.Sequence`` to read or move a
    counter, and ``manage.py sync_sequences`` to make it agree with the rows.
    """

    # The primary key is the series' key itself: a surrogate id would cost InnoDB a second index
    # to lock, and an auto-increment value for each upsert.
    key = models.CharField(
        verbose_name=_("key"),
        max_length=MAX_KEY_LENGTH,
        primary_key=True,
        help_text=_("Name and scope, encoded so that no two series can be confused."),
    )
    name = models.CharField(verbose_name=_("sequence"), max_length=MAX_KEY_LENGTH)
    scope = models.TextField(
        verbose_name=_("scope"),
        blank=True,
        help_text=_("Empty where the sequence is a single series."),
    )
    # Not indexed, so that PostgreSQL can update the row in place (a heap-only tuple). Signed, so
    # that MySQL's arithmetic is signed, and so that -1 can mark a row that is being created.
    last = models.BigIntegerField(verbose_name=_("last number"))

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

    def __str__(self) -> str:
        return f"{self.name} {self.scope}".rstrip() + f": {self.last}"
