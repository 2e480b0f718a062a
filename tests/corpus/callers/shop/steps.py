from shop.flows import Flow
from shop.models import Invoice


class InvoiceFlow(Flow):
    def step(self):
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()

    def safe_step(self):
        Invoice.objects.create()  # -> inside: transaction.atomic()

    def prepare(self):
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


class OtherFlow(Flow):
    def step(self):
        pass


class UnusedFlow(Flow):
    def step(self):
        Invoice.objects.create()  # -> unknown: run() leaves the transaction to its callers
