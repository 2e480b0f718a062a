"""The tables of this package."""

from __future__ import annotations

from typing import Any, Never

from django.db import models
from django.utils import timezone
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
    # The same text for dates and datetimes, whose order is theirs. NULL, so that processes of a
    # release that does not know the column can insert counters.
    last_date = models.CharField(  # noqa: DJ001 (see above)
        verbose_name=_("latest date"),
        max_length=32,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Where numbers are in the order of a date: the latest one, in ISO 8601."),
    )
    first = models.BigIntegerField(
        verbose_name=_("first number"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Where the first number depends on data: what it was when it was given."),
    )

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        permissions = [("move_counter", "Can move counter forward")]

    def __str__(self) -> str:
        return f"{self.name} {self.scope}".rstrip() + f": {self.last}"


class RegisterQuerySet(models.QuerySet["RegisterEntry"]):
    """Entries of the register, which can be read and added."""

    def update(self, **values: Any) -> Never:
        """Refuse to change entries."""
        _refuse_change()

    def delete(self) -> Never:
        """Refuse to delete entries."""
        _refuse_change()


def _refuse_change() -> Never:
    raise TypeError("The register is append-only: its entries can be neither changed nor deleted.")


class RegisterEntry(models.Model):
    """Why a number is missing, or why a protected number was changed: one line of the register.

    The register is append-only. Use ``gapless_fields.Sequence.void()``,
    ``gapless_fields.void_and_delete()`` and ``gapless_fields.unprotected()`` to write it.
    """

    class Kind(models.TextChoices):
        VOID = "void", _("void")
        EXEMPTION = "exemption", _("exemption from protection")

    kind = models.CharField(verbose_name=_("kind"), max_length=16, choices=Kind)
    key = models.CharField(
        verbose_name=_("key"),
        max_length=MAX_KEY_LENGTH,
        blank=True,
        db_index=True,
        help_text=_("The key of the counter. Empty for an exemption."),
    )
    name = models.CharField(verbose_name=_("sequence"), max_length=MAX_KEY_LENGTH, blank=True)
    scope = models.TextField(verbose_name=_("scope"), blank=True)
    first = models.BigIntegerField(verbose_name=_("first number"), null=True, blank=True)
    last = models.BigIntegerField(verbose_name=_("last number"), null=True, blank=True)
    reason = models.TextField(verbose_name=_("reason"))
    by = models.CharField(verbose_name=_("by"), max_length=255, blank=True)
    recorded_at = models.DateTimeField(verbose_name=_("recorded at"), default=timezone.now)
    row = models.JSONField(
        verbose_name=_("row"),
        null=True,
        blank=True,
        help_text=_("The row that carried the number: its model, primary key and values."),
    )
    protection = models.CharField(
        verbose_name=_("protection"),
        max_length=255,
        blank=True,
        help_text=_("The constraint that protects the row, which lets it be deleted."),
    )
    row_key = models.CharField(verbose_name=_("row's key"), max_length=255, blank=True)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register")
        indexes = [
            models.Index(fields=["protection", "row_key"], name="gapless_fields_register_row"),
        ]

    def __str__(self) -> str:
        if self.first is None:
            return f"{self.get_kind_display()}: {self.reason}"
        numbers = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.name} {self.scope}".rstrip() + f" {numbers}: {self.reason}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new entry; refuse to change one."""
        if not self._state.adding:
            _refuse_change()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Refuse to delete an entry."""
        _refuse_change()


class Exemption(models.Model):
    """What lets one transaction change protected numbers, while it runs.

    ``gapless_fields.unprotected()`` inserts a row and deletes it before the transaction ends, so
    that no other transaction ever sees one. The triggers look for it.
    """

    class Meta:
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")

    def __str__(self) -> str:
        return str(self.pk)
