# numbered: shop.models.Invoice
from django.db import models, transaction


class InvoiceManager(models.Manager):
    def create(self, **values):
        with transaction.atomic():
            invoice = super().create(**values)
            Line.objects.create(invoice=invoice)
        return invoice


class SharedManager(models.Manager):
    def open(self):
        return self.reopen()

    def reopen(self):
        return self.bulk_create([self.model()])  # -> inside: @transaction.atomic


class Cloned(models.Model):
    class Meta:
        abstract = True

    def clone(self):
        self.pk = None
        self.save()  # -> inside: @transaction.atomic


class Customer(Cloned):
    name = models.TextField()
    shared = SharedManager()


class Invoice(Cloned):
    number = models.PositiveBigIntegerField()
    note = models.TextField()
    objects = InvoiceManager()
    shared = SharedManager()

    def save(self, *args, **kwargs):
        self.save_whole(*args, **kwargs)

    def save_whole(self, *args, **kwargs):
        super().save(*args, **kwargs)


class Line(models.Model):
    invoice = models.ForeignKey(Invoice, models.CASCADE)
