# numbered: shop.models.Invoice
from django.db import models


class InvoiceQuerySet(models.QuerySet):
    def open(self):
        return self.filter(paid=False)

    def issue(self):
        return self.create()  # -> unknown: issue() leaves the transaction to its callers

    def issue_many(self, count):
        return self.bulk_create([self.model() for _ in range(count)])  # -> unknown: issue_many() leaves the transaction to its callers

    def create(self, **kwargs):
        kwargs.setdefault("paid", False)
        return super().create(**kwargs)


class InvoiceManager(models.Manager.from_queryset(InvoiceQuerySet)):
    def copy_of(self, other):
        invoice = self.model(paid=other.paid)
        invoice.save(using=self._db)  # -> unknown: copy_of() leaves the transaction to its callers
        invoice.save()
        return invoice

    def build(self):
        return self.model(paid=False)


class Numbered(models.Model):
    class Meta:
        abstract = True

    @classmethod
    def issue(cls, **kwargs):
        instance = cls(**kwargs)
        instance.save()  # -> unknown: issue() leaves the transaction to its callers
        return instance

    @classmethod
    def issue_again(cls, **kwargs):
        return cls.objects.create(**kwargs)  # -> unknown: issue_again() leaves the transaction to its callers

    def duplicate(self):
        self.pk = None
        self.save()  # -> unknown: duplicate() leaves the transaction to its callers

    def twin(self):
        return self.__class__._default_manager.create()  # -> unknown: twin() leaves the transaction to its callers

    def sibling(self):
        other = type(self)(paid=False)
        other.save()  # -> unknown: sibling() leaves the transaction to its callers


class Invoice(Numbered):
    number = models.PositiveBigIntegerField()
    paid = models.BooleanField(default=False)

    objects = InvoiceManager()
    open = InvoiceQuerySet.as_manager()


class ProxyInvoice(Invoice):
    class Meta:
        proxy = True


class CreditNote(Invoice):
    reason = models.TextField()


class Archive(models.Model):
    @classmethod
    def issue(cls):
        return cls.objects.create()
