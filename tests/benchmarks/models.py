"""The same row, numbered by each side."""

from __future__ import annotations

from django.db import models
from django_seq.models import SequenceField
from formatted_autofield import FormattedAutoField

from gapless_fields import GaplessSequenceField, NumberProtection


class Row(models.Model):
    note = models.CharField(max_length=50, default="")
    company = models.IntegerField(default=0)

    class Meta:
        abstract = True


class Unnumbered(Row):
    pass


class FilledIn(Row):
    """A number that is known before: what a block of rows costs at least."""

    number = models.PositiveBigIntegerField(unique=True)


class Gapless(Row):
    number = GaplessSequenceField(sequence="gapless", null=True)


class Protected(Row):
    """The database refuses what would break the numbers."""

    number = GaplessSequenceField(sequence="protected", null=True)

    class Meta:
        constraints = [NumberProtection(fields=["number"], name="protected_number")]


class GaplessByCompany(Row):
    number = GaplessSequenceField(sequence="by_company", scope="company")

    class Meta:
        constraints = [models.UniqueConstraint("company", "number", name="gapless_by_company")]


class Issued(Row):
    """Numbered once it is issued, which may be after it was written."""

    issued = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="issued", when="issued", null=True)


class IssuedByHand(Row):
    issued = models.BooleanField(default=False)
    number = models.PositiveBigIntegerField(unique=True, null=True)


class Called(Row):
    """django-sequences and django-enumeration: the project calls a function at every save."""

    number = models.PositiveBigIntegerField(unique=True)


class CalledByCompany(Row):
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("company", "number", name="called_by_company")]


class Enumerated(Row):
    number = models.CharField(max_length=255, unique=True)


class EnumeratedByCompany(Row):
    number = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint("company", "number", name="enumerated_by_company")]


class Seq(Row):
    number = SequenceField(unique=True)


class SeqByCompany(Row):
    number = SequenceField(key=["seq", models.F("company")])

    class Meta:
        constraints = [models.UniqueConstraint("company", "number", name="seq_by_company")]


class Formatted(Row):
    number = FormattedAutoField(format_string="{seq}", unique=True)
