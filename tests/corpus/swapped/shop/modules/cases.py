from django.db import models
from gapless_fields import GaplessSequenceField


class Case(models.Model):
    number = GaplessSequenceField(sequence="cases")


def open_case():
    return Case.objects.create()  # -> outside: task (@shared_task) without atomic()
