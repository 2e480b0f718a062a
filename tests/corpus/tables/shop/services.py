from shop.models import Invoice


def issue(order):
    Invoice.objects.create()  # -> outside


def issue_carefully(order):
    Invoice.objects.create()  # -> inside


def issue_on_transition(order):
    Invoice.objects.create()  # -> outside


def issue_by_service(order):
    Invoice.objects.create()  # -> outside


def issue_in_a_loop(order):
    Invoice.objects.create()  # -> outside


def issue_as_a_step(order):
    Invoice.objects.create()  # -> outside


class Issue:
    def run(self):
        Invoice.objects.create()  # -> outside


class IssueLater:
    def run(self):
        Invoice.objects.create()  # -> outside


SERVICES = [Issue, IssueLater]
TRANSITIONS = {("draft", "issued"): ("Issue", issue_on_transition)}
CAREFUL = dict(issue=issue_carefully)
