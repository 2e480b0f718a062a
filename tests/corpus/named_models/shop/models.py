# numbered: shop.models.Invoice shop.models.Receipt
from django.db import models


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()


class Receipt(models.Model):
    number = models.PositiveBigIntegerField()


class Order(models.Model):
    pass


class Payable(models.Model):
    invoice_class = None

    class Meta:
        abstract = True

    def get_invoice_class(self):
        return self.invoice_class

    def process(self):
        return self.get_invoice_class().objects.create()  # -> outside: view without atomic()

    def acknowledge(self):
        self.receipt_class.objects.create()  # -> inside: transaction.atomic()

    def order(self):
        self.order_class.objects.create()


class Fund(Payable):
    invoice_class = Invoice
    receipt_class = Receipt
    order_class = Order
