"""Rows that are numbered in other ways, and beside them rows that are numbered by the package."""

from django.db import models

from gapless_fields import GaplessSequenceField


class ApartCounter(models.Model):
    """A counter whose changes are committed at once, whatever becomes of the row."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.IntegerField(default=0)
    # The page of the strips starts again here: some databases do not set automatic ids back.
    first = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class CountedApart(models.Model):
    """A row with a number of an ``ApartCounter``."""

    number = models.IntegerField()

    def __str__(self) -> str:
        return str(self.number)


class MaxNumbered(models.Model):
    """A row whose number was the highest one plus 1. No constraint keeps it unique."""

    number = models.IntegerField()

    def __str__(self) -> str:
        return str(self.number)


class Sheet(models.Model):
    """A row with an automatic id and a gapless number."""

    # null=True: inside deferred_numbering(), a row exists before it has a number.
    number = GaplessSequenceField(sequence="sheets", null=True)

    def __str__(self) -> str:
        return str(self.number)
