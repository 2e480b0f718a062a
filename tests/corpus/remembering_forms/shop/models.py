# numbered: shop.models.Invoice
from django.db import models


class Invoice(models.Model):
    active = models.BooleanField(default=False)
    open = models.BooleanField(default=True)
    note = models.CharField(max_length=9)

    def clean_resources(self):
        self.active = False
        self.save()

    def reopen(self):
        self.open = True
        self.save()  # -> outside: view without atomic()

    def first_version(self):
        self.save()  # -> outside: view without atomic()

    def next_version(self):
        self.save()
