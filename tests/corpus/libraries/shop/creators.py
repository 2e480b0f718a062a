from django.db import transaction
from shop.models import Invoice


class InvoiceCreator:
    def place(self):
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


class CarefulCreator:
    def place_carefully(self):
        Invoice.objects.create()  # -> inside: transaction.atomic()


class QuickCreator:
    def place_quickly(self):
        with transaction.atomic():
            Invoice.objects.create()  # -> inside: transaction.atomic()


class NightlyCreator:
    def place_by_night(self):
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


def get_creator():
    return NightlyCreator()


def no_creator():
    return NightlyCreator() and None


class OwnCreator:
    def place_own(self):
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


class KnownCreator:
    def place_known(self):
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()
