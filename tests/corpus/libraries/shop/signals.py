from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from shop.models import Customer, Invoice, Order, Receipt


@receiver(post_save, sender="auth.User")
def for_user_by_label(sender, instance, **kwargs):
    Invoice.objects.create()  # -> outside: createsuperuser saves a user without atomic()


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="user")
def for_user_by_setting(sender, instance, **kwargs):
    Invoice.objects.create()  # -> outside: createsuperuser saves a user without atomic()


@receiver(post_save, sender="shop.Receipt")
def for_receipt(sender, instance, **kwargs):
    Invoice.objects.create()  # -> inside: transaction.atomic()


@receiver(post_save, sender=4)
def for_nothing(sender, instance, **kwargs):
    Invoice.objects.create()  # -> unknown: for_nothing() leaves the transaction to its callers


@receiver(post_save, sender=Order)
def for_order(sender, instance, **kwargs):
    Invoice.objects.create()  # -> inside: transaction.atomic()


def order(customer: Customer):
    with transaction.atomic():
        Order.objects.create(customer=customer)
        Receipt.objects.create()  # -> inside: transaction.atomic()
