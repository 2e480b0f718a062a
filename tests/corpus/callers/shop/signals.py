from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from shop.models import Invoice, Order, Parcel


@receiver(post_save, sender=Order)
def invoice_for_order(sender, instance, **kwargs):
    Invoice.objects.create()  # -> outside: view without atomic()


@receiver([post_save], sender=Parcel)
def invoice_for_parcel(sender, instance, **kwargs):
    Invoice.objects.create()  # -> inside: transaction.atomic()


@receiver(pre_delete, sender=Order)
def invoice_for_deleted(sender, instance, **kwargs):
    Invoice.objects.create()  # -> inside: Django deletes and sends the signals in a transaction


@receiver(post_save)
def invoice_for_anything(sender, instance, **kwargs):
    Invoice.objects.create()  # -> unknown: invoice_for_anything() leaves the transaction to its callers
