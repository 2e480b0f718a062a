from shop.models import Invoice
from shop.services import issue_as_a_step, issue_by_service


class Runner:
    steps = [issue_as_a_step]

    def __init__(self):
        self.handlers = {"issue": issue_by_service, "other": self.other}

    def other(self, order):
        Invoice.objects.create()  # -> outside: view without atomic()

    def own(self):
        Invoice.objects.create()  # -> outside: view without atomic()

    OWN = {"own": own}

    def go(self):
        for step in self.steps:
            step(self)
        self.handlers["issue"](self)
        self.handlers["other"](self)
        self.OWN["own"](self)
