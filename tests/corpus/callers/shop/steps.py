from shop.flows import Flow
from shop.models import Invoice


class InvoiceFlow(Flow):
    def step(self):
        Invoice.objects.create()  # -> outside

    def safe_step(self):
        Invoice.objects.create()  # -> inside

    def prepare(self):
        Invoice.objects.create()  # -> outside


class OtherFlow(Flow):
    def step(self):
        pass


class UnusedFlow(Flow):
    def step(self):
        Invoice.objects.create()  # -> unknown
