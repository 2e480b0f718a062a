from django.conf import settings
from django.db import models


class Customer(models.Model):
    name = models.TextField()

    def bill(self):
        self.invoices.create()  # -> unknown: bill() leaves the transaction to its callers


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    products = models.ManyToManyField("crm.Product", through="shop.Item", related_name="orders")

    def bill(self):
        return self.customer.invoices.get_or_create()  # -> unknown: bill() leaves the transaction to its callers


class Product(models.Model):
    name = models.TextField()
