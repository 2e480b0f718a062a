"""Models whose rows the tests of the audit damage."""

from __future__ import annotations

from django.db import models

from gapless_fields import GaplessSequenceField


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
