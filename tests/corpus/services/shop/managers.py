from django.db import models


class InvoiceQuerySet(models.QuerySet):
    def copy_last(self):
        return self.create()  # -> outside: view without atomic()

    def copy_first(self):
        return self.create()  # -> outside: view without atomic()


class InvoiceManager(models.Manager):
    def get_queryset(self):
        return InvoiceQuerySet(self.model, using=self._db).filter(number__gt=0)

    def make(self):
        return self.get_queryset().create()  # -> outside: view without atomic()
