"""Models whose rows the tests of the audit damage."""

from __future__ import annotations

from django.db import models

from gapless_fields import FiscalYear, GaplessSequenceField, NumberProtection


class Audited(models.Model):
    """Rows of two tables in series of texts and integers, of which each may be NULL."""

    text = models.CharField(max_length=9, null=True)
    team = models.IntegerField(null=True)
    due = models.BooleanField(default=True)
    number = GaplessSequenceField(
        sequence="audited", scope=["text", "team"], initial_value=3, when="due", null=True
    )

    class Meta:
        abstract = True


class Left(Audited):
    pass


class Right(Audited):
    pass


class Proven(models.Model):
    """The database itself lets no number occur twice in a series."""

    company = models.IntegerField()
    year = models.IntegerField()
    number = GaplessSequenceField(sequence="proven", scope=["company", "year"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "year", "number"], name="proven_in_series")
        ]


class Indexed(models.Model):
    """Django makes a unique index of the constraint, where the database knows such indexes."""

    company = models.IntegerField()
    number = GaplessSequenceField(sequence="indexed", scope=["company"])

    class Meta:
        constraints = [models.UniqueConstraint("company", "number", name="indexed_in_series")]


class Partly(models.Model):
    """Unique indexes that prove nothing: a partial one, and one on a column that may be NULL."""

    company = models.IntegerField(null=True)
    kept = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="partly", scope=["company"])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(kept=True), name="partly_if_kept"
            ),
            models.UniqueConstraint(fields=["company", "number"], name="partly_in_series"),
        ]


class Dated(models.Model):
    """A series for each year."""

    day = models.DateField()
    number = GaplessSequenceField(sequence="dated", scope=["day__year"])


class Chronicle(models.Model):
    """A higher number never has an earlier date."""

    team = models.IntegerField(default=0)
    day = models.DateField(null=True)
    issued = models.BooleanField(default=True)
    note = models.CharField(max_length=9, default="", blank=True)
    number = GaplessSequenceField(
        sequence="chronicles", scope="team", when="issued", chronological="day", null=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="chronicle_in_series")
        ]


class Annal(models.Model):
    """Shares the series of the chronicles."""

    team = models.IntegerField(default=0)
    day = models.DateField(null=True)
    number = GaplessSequenceField(sequence="chronicles", scope="team", chronological="day")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "number"], name="annal_in_series")]


class Moment(models.Model):
    at = models.DateTimeField()
    number = GaplessSequenceField(sequence="moments", chronological="at", null=True)


class Safe(models.Model):
    """Protected by the database: one series."""

    note = models.CharField(max_length=9, default="")
    number = GaplessSequenceField(sequence="safes", null=True)

    class Meta:
        constraints = [NumberProtection(fields=["number"], name="safe_number_protected")]


class Vault(models.Model):
    """Protected, with a scope of every kind that SQL can tell."""

    team = models.ForeignKey(Safe, on_delete=models.CASCADE, null=True)
    text = models.CharField(max_length=100, null=True)
    token = models.UUIDField(null=True)
    flag = models.BooleanField(null=True)
    day = models.DateField(null=True)
    note = models.CharField(max_length=9, default="")
    number = GaplessSequenceField(
        sequence="Vaults, old",
        scope=["team", "text", "token", "flag", "day__year", FiscalYear("day", start_month=7)],
        when="day",
        null=True,
    )

    class Meta:
        constraints = [NumberProtection(fields=["number"], name="vault_number_protected")]


class Chest(models.Model):
    """Protected, with a scope that SQL cannot tell everywhere, and in the order of dates."""

    at = models.DateTimeField()
    rate = models.DecimalField(max_digits=5, decimal_places=2)
    number = GaplessSequenceField(sequence="chests", scope="rate", chronological="at", null=True)

    class Meta:
        constraints = [NumberProtection(fields=["number"], name="chest_number_protected")]
