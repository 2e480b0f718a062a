# numbered: shop.models.Invoice
from django.conf import settings
from django.db import models
from gapless_fields import GaplessSequenceField


def make_manager(model):
    return models.manager.Manager


class PaidManager(make_manager("invoice").__class__):
    pass


class Invoice(models.Model):
    total = models.IntegerField(default=0)
    number = GaplessSequenceField(sequence="invoices")

    objects = PaidManager()

    def clone(self):
        return Invoice(total=self.total)


class Credit(models.Model):
    pass


class Order(models.Model):
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)

    def issue_invoice(self):
        return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()

    def issue_safe_invoice(self):
        return Invoice.objects.create()  # -> inside: transaction.atomic()

    def close(self):
        return Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()

    def open(self):
        return Invoice.objects.create()  # -> unknown: open() leaves the transaction to its callers


class Shift(models.Model):
    def issue_either(self):
        return Invoice.objects.create()  # -> unknown: who calls issue_either() is not known for certain


class Tour(models.Model):
    def issue_either(self):
        return Credit.objects.create()


class Ticket(models.Model):
    """New ones are saved inside, those that there are outside."""

    def save(self, *args, **kwargs):
        is_new = self.pk is None
        if is_new:
            Invoice.objects.create()  # -> inside: transaction.atomic()
        super().save(*args, **kwargs)
        Invoice.objects.create()  # -> outside: view without atomic()


class Visit(models.Model):
    def save(self, *args, **kwargs):
        if not self._state.adding:
            return super().save(*args, **kwargs)
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().save(*args, **kwargs)
