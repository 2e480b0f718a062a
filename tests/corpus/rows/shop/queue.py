"""The project's own queue, and a helper of its own that takes a request."""

from django.db import models
from shop.models import Invoice

QUEUE = []


def queued_task(function):
    QUEUE.append(function)
    return function


class InvoicesOfVisitors(models.Manager):
    def from_request(self, request):
        return Invoice.objects.create(customer=request.customer)  # -> unknown: from_request() leaves the transaction to its callers


class InvoiceField(models.Field):
    def set_value(self, request, row):
        Invoice.objects.create(customer=row)  # -> unknown: set_value() leaves the transaction to its callers
