# numbered: shop.models.Invoice shop.models.Bill shop.models.Receipt shop.models.Quantity
from django.db import models, transaction
from gapless_fields import GaplessSequenceField


class Checked(models.Model):
    class Meta:
        abstract = True

    def checked_save(self):
        self.full_clean()
        self.save()  # -> inside: transaction.atomic()


class Customer(Checked):
    @property
    def last_invoice(self):
        return Invoice.objects.create(customer=self)  # -> unknown: last_invoice() leaves the transaction to its callers


class NoteManager(models.Manager):
    def create(self, **values):
        note = super().create(**values)
        Invoice.objects.create(note=note)  # -> outside: task (@shared_task) without atomic()
        return note


class Note(models.Model):
    objects = NoteManager()


class Invoice(Checked):
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="things")
    note = models.ForeignKey(Note, models.PROTECT, null=True)
    total = models.IntegerField(default=0)
    pdf = models.FileField()
    number = GaplessSequenceField(sequence="invoices")

    def populate(self, order):
        self.total = order.total
        if self.total:
            self.save()  # -> outside: task (@shared_task) without atomic()

    def save(self, *args, **kwargs):
        if self.pk is None:
            return self._store(*args, **kwargs)
        return super().save(*args, **kwargs)

    def _store(self, *args, **kwargs):
        return super().save(*args, **kwargs)


class Bill(models.Model):
    """Its own save() opens a transaction on a condition."""

    customer = models.ForeignKey(Customer, models.PROTECT)
    number = GaplessSequenceField(sequence="bills")

    def save(self, *args, **kwargs):
        if self.number is None:
            with transaction.atomic():
                self.customer.bills.update(last=False)
                return super().save(*args, **kwargs)
        return super().save(*args, **kwargs)


class Locked(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            Customer.objects.update(locked=True)
            super().save(*args, **kwargs)


class Receipt(Locked):
    number = GaplessSequenceField(sequence="receipts")

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.send()


class Quote(models.Model):
    def to_invoice(self):
        return Invoice(total=1)

    @property
    def as_invoice(self):
        return self.to_invoice()

    def to_paper(self):
        return Invoice(total=2)


class Draft(models.Model):
    def to_paper(self):
        return Parcel()


class PaymentEvent(models.Model):
    pass


class ShippingEvent(models.Model):
    pass


class Quantity(models.Model):
    event = models.ForeignKey(PaymentEvent, models.PROTECT, related_name="quantities")
    number = GaplessSequenceField(sequence="quantities")


class Shipped(models.Model):
    event = models.ForeignKey(ShippingEvent, models.PROTECT, related_name="quantities")


class Parcel(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="things")


class Provider:
    def execute_refund(self, order):
        raise NotImplementedError


class Cash(Provider):
    def execute_refund(self, order):
        Invoice.objects.create(total=order.total)  # -> unknown: who calls execute_refund() is not known for certain


class Card(Provider):
    def execute_refund(self, order):
        order.card.refund()
