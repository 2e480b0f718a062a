from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save
from django.dispatch import Signal, receiver

from shop.models import Invoice, Order, Ticket, Tour

paid = Signal()
shipped = Signal()
never_sent = Signal()


@receiver(paid)
def invoice_when_paid(sender, **kwargs):
    Invoice.objects.create()  # -> outside: view without atomic()


@receiver(shipped)
def invoice_when_shipped(sender, **kwargs):
    Invoice.objects.create()  # -> inside: transaction.atomic()


@receiver(never_sent)
def invoice_never(sender, **kwargs):
    Invoice.objects.create()  # -> unknown: handed on


@receiver(post_save, sender=get_user_model())
def invoice_for_user(sender, instance, created, **kwargs):
    Invoice.objects.create()  # -> outside: createsuperuser saves a user without atomic()


@receiver(user_logged_in)
def invoice_at_login(sender, **kwargs):
    Invoice.objects.create()  # -> outside: receiver of a request's signal without atomic()


@receiver([post_delete, m2m_changed])
def invoice_when_deleted(sender, **kwargs):
    Invoice.objects.create()  # -> inside: Django deletes and sends the signals in a transaction


@receiver(post_save, sender=Ticket)
def invoice_for_new_ticket(sender, instance, created, **kwargs):
    if not created:
        Invoice.objects.create()  # -> outside: view without atomic()
        return
    Invoice.objects.create()  # -> inside: transaction.atomic()


def invoice_after_migrate(sender, **kwargs):
    Invoice.objects.create()  # -> outside: receiver of post_migrate without atomic()


def invoice_for_order(sender, instance, **kwargs):
    Invoice.objects.create()  # -> outside: view without atomic()


def invoice_for_tour(sender, instance, **kwargs):
    Invoice.objects.create()  # -> inside: transaction.atomic()


post_migrate.connect(invoice_after_migrate)
post_save.connect(invoice_for_order, sender=Order)
post_save.connect(invoice_for_tour, sender=Tour)
