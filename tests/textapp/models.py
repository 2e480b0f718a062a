"""Models whose numbers are stored as texts too."""

from __future__ import annotations

from django.db import models

from gapless_fields import FiscalYear, GaplessSequenceField, NumberProtection, NumberTextField

asked = []
"""The rows for which a format was asked."""


def mask(row):
    """A company's own mask, from data."""
    asked.append(row.company_id)
    return row.company.mask


def start(row):
    """Where the numbers of a company that comes from other software go on."""
    asked.append(row.company_id)
    return row.company.start


def other_format(_row):
    return "O{other}"


class Firm(models.Model):
    start = models.BigIntegerField(default=1)
    data = models.BinaryField(default=b"")
    name = models.CharField(max_length=20, default="ACME")
    prefix = models.CharField(max_length=20, default="A")
    mask = models.CharField(max_length=60, default="{company.prefix}/{number:03d}")

    def __str__(self) -> str:
        return self.name


class Bill(models.Model):
    """The common case."""

    issued_on = models.DateField()
    note = models.CharField(max_length=20, default="", blank=True)
    number = GaplessSequenceField(sequence="text bills")
    reference = NumberTextField("B-{issued_on:%Y}-{number:04d}", max_length=14)


class Draft(models.Model):
    """Numbered and named when it is issued."""

    company = models.ForeignKey(Firm, on_delete=models.CASCADE)
    day = models.DateField(null=True)
    note = models.CharField(max_length=20, default="", db_column="re mark")
    number = GaplessSequenceField(
        sequence="text drafts",
        scope=["company", FiscalYear("day", start_month=7)],
        when="day",
        null=True,
    )
    reference = NumberTextField("{company.prefix}-{fiscal}-{number}", max_length=30, null=True)
    label = NumberTextField("{note!r:.9}{{{number}}}", max_length=30, null=True, unique=False)


class Masked(models.Model):
    company = models.ForeignKey(Firm, on_delete=models.CASCADE)
    number = GaplessSequenceField(sequence="text masked", scope=["company"], null=True)
    reference = NumberTextField(format=mask, max_length=30, null=True)


class Parent(models.Model):
    kind = models.CharField(max_length=5, default="P")
    number = GaplessSequenceField(sequence="text parents")
    reference = NumberTextField("{kind}{number}", max_length=9)


class Child(Parent):
    serial = GaplessSequenceField(sequence="text children")
    name = NumberTextField("C{serial}", max_length=9)


class Kept(models.Model):
    """Protected by the database."""

    note = models.CharField(max_length=20, default="")
    number = GaplessSequenceField(sequence="text kept", null=True)
    reference = NumberTextField("K{number}", max_length=9, null=True)

    class Meta:
        constraints = [NumberProtection(fields=["number"], name="kept_number_protected")]


class Started(models.Model):
    """The first number of a series depends on data."""

    company = models.ForeignKey(Firm, on_delete=models.CASCADE)
    due = models.BooleanField(default=True)
    number = GaplessSequenceField(
        sequence="text started", initial_value=start, scope=["company"], when="due", null=True
    )


class StartedInOrder(models.Model):
    company = models.ForeignKey(Firm, on_delete=models.CASCADE)
    day = models.DateField()
    number = GaplessSequenceField(
        sequence="text in order", initial_value=start, scope=["company"], chronological="day"
    )


class Hand(models.Model):
    """Numbered by hand before."""

    day = models.DateField()
    plain = models.IntegerField(null=True)
    old_text = models.CharField(max_length=60, default="")
    due = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="text hand", scope=["day__year"], when="due", null=True)
    label = NumberTextField("H{day:%Y}/{number}", max_length=20, null=True)


class Coded(models.Model):
    """May conflict with a row that exists."""

    code = models.CharField(max_length=5, unique=True)
    due = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="text coded", when="due", null=True)
    reference = NumberTextField("C{number}", max_length=9, null=True)


class Slug(models.CharField):
    def pre_save(self, model_instance, add):
        value = getattr(model_instance, self.attname).lower()
        setattr(model_instance, self.attname, value)
        return value


class Priced(models.Model):
    slug = Slug(max_length=20)
    price = models.DecimalField(max_digits=5, decimal_places=2, default=1)
    number = GaplessSequenceField(sequence="text priced")
    reference = NumberTextField("{slug}/{price}/{number}", max_length=40)


class Everywhere(models.Model):
    """No scope, and a first number that depends on data."""

    company = models.ForeignKey(Firm, on_delete=models.CASCADE)
    number = GaplessSequenceField(sequence="text everywhere", initial_value=start)


class Noted(models.Model):
    """Two numbers, each with a text; a relation that may lead nowhere."""

    company = models.ForeignKey(Firm, on_delete=models.SET_NULL, null=True)
    note = models.CharField(max_length=9, default="")
    number = GaplessSequenceField(sequence="text noted")
    other = GaplessSequenceField(sequence="text noted too")
    reference = NumberTextField("{company}/{company.prefix}/{number}", max_length=30)
    other_text = NumberTextField(format=other_format, number_field="other", max_length=9)
