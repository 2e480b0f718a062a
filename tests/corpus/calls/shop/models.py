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
        return Invoice.objects.create()  # -> outside

    def issue_safe_invoice(self):
        return Invoice.objects.create()  # -> inside

    def close(self):
        return Invoice.objects.create()  # -> outside

    def open(self):
        return Invoice.objects.create()  # -> unknown


class Shift(models.Model):
    def issue_either(self):
        return Invoice.objects.create()  # -> unknown


class Tour(models.Model):
    def issue_either(self):
        return Credit.objects.create()


class Ticket(models.Model):
    """New ones are saved inside, those that there are outside."""

    def save(self, *args, **kwargs):
        is_new = self.pk is None
        if is_new:
            Invoice.objects.create()  # -> inside
        super().save(*args, **kwargs)
        Invoice.objects.create()  # -> outside


class Visit(models.Model):
    def save(self, *args, **kwargs):
        if not self._state.adding:
            return super().save(*args, **kwargs)
        Invoice.objects.create()  # -> outside
        return super().save(*args, **kwargs)
