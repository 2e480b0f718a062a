# numbered: shop.models.Invoice shop.models.Bill shop.modules.Case
from django.apps import apps
from django.conf import settings
from django.db import models
from gapless_fields import GaplessSequenceField
from swapper import swappable_setting


class AbstractInvoice(models.Model):
    number = GaplessSequenceField(sequence="invoices")

    class Meta:
        abstract = True


def made(abstract):
    return type(abstract.__name__, (abstract,), {})


Invoice = made(AbstractInvoice)


class Bill(models.Model):
    number = GaplessSequenceField(sequence="bills")

    class Meta:
        swappable = swappable_setting("billing", "Bill")


class DeviceBill(models.Model):
    pass


def get_bill_model():
    return apps.get_model(settings.SHOP_BILL_MODEL)


def get_device_bill_model():
    return apps.get_model(settings.DEVICE_BILL_MODEL)
