# numbered: shop.models.Invoice
from django.conf import settings
from django.db import models, transaction


class Customer(models.Model):
    pass


class Invoice(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invoices")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sales")

    class Meta:
        ordering = ["pk"]

    def add_line(self, text):
        if not self.pk:
            self.save()  # -> unknown: add_line() leaves the transaction to its callers
        self.lines.create(text=text)
        self.save()

    def ensure(self):
        if self._state.adding:
            self.save()  # -> unknown: ensure() leaves the transaction to its callers
        if self.pk is not None:
            self.save()
        else:
            self.save()  # -> unknown: ensure() leaves the transaction to its callers

    @transaction.atomic
    def ensure_inside(self):
        if self.id is None:
            self.save()  # -> inside: @transaction.atomic

    def touch(self):
        if self.pk:
            self.save()

    def issue(self):
        self.save()


class PaidInvoice(Invoice):
    class Meta:
        proxy = True


class Line(models.Model):
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
