from shop.base import Getter, Given, Hook, OfClass, OwnGetter, Property, Service
from shop.models import Invoice, Receipt


class InvoiceService(Service):
    model = Invoice


class ReceiptService(Service):
    model = Receipt


class InvoiceHook(Hook):
    def get_model_class(self):
        return Invoice


class InvoiceProperty(Property):
    @property
    def model(self):
        return Invoice


class InvoiceOfClass(OfClass):
    model = Invoice


def import_all():
    Given(Invoice).run_given()


class InvoiceGetter(Getter):
    def get_model(self):
        return Invoice


class InvoiceOwnGetter(OwnGetter):
    model = Invoice
