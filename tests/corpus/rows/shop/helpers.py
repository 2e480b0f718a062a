"""What these do with a row depends on who gives it to them."""

import copy

from shop.models import Customer, Invoice


def finish(invoice: Invoice):
    invoice.total = 1
    invoice.save()  # -> outside: task (@shared_task) without atomic()


def touch(invoice: Invoice):
    invoice.total = 2
    invoice.save()  # -> unknown: whether the row is new depends on the caller


def copy_to_draft(mail):
    new = copy.deepcopy(mail)
    new.pk = None
    new._state.adding = True
    new.save()  # -> outside: task (@shared_task) without atomic()
    return new


def rename(mail):
    new = copy.deepcopy(mail)
    new.save()


def twin_of(row):
    twin = row.__class__()
    twin.total = row.total
    return twin


def make(customer, save=True, dry_run=False):
    invoice = Invoice(customer=customer)
    if save:
        invoice.save()  # -> outside: task (@shared_task) without atomic()
    if not dry_run:
        customer.touch()
    return invoice


def make_unless(dry_run=False):
    invoice = Invoice()
    if not dry_run:
        invoice.save()  # -> outside: task (@shared_task) without atomic()
    return invoice


def record(total, save=False, quietly=True):
    if save:
        Invoice.objects.create(total=total)  # -> inside: transaction.atomic()
    if not quietly:
        Invoice.objects.create(total=total)  # -> outside: task (@shared_task) without atomic()


def charge(user, account=None, ticket=None, note=""):
    if account is None:
        return user
    if ticket:
        Invoice.objects.create(note=ticket)  # -> inside: transaction.atomic()
    Invoice.objects.create()  # -> inside: transaction.atomic()
    if note and account:
        Invoice.objects.create(note=note)  # -> unknown: charge() leaves the transaction to its callers


def noted(row, note=""):
    row.note = note
    row.save()  # -> outside: task (@shared_task) without atomic()


def charge_anyway(user, account=None):
    if account is None:
        account = user.account
    if account:
        Invoice.objects.create()  # -> outside: task (@shared_task) without atomic()


def sorted_out(rows):
    new, old = [], []
    for row in rows:
        known = Invoice.objects.filter(total=row).first()
        if known:
            old.append(known)
        else:
            new.append(Invoice(total=row))
    return new, old, len(rows)


def issue_for(user, total):
    return Invoice(customer=user.customer, total=total)


class Asks:
    """Who is asked for the customer leads back to who asks."""

    def __init__(self, customer):
        self.customer = customer

    def build(self):
        return Invoice(customer=self.customer)

    def load(self):
        self.customer = Customer.objects.get(pk=self.store().pk)

    def store(self):
        invoice = self.build()
        invoice.save()  # -> outside: task (@shared_task) without atomic()
        return invoice


def copies(rows):
    for row in rows:
        row.pk = None
        yield row


def new_ones(count):
    for number in range(count):
        yield Invoice(note=number)
    yield from copies(Invoice.objects.all())


def old_ones():
    yield from Invoice.objects.all()


def save_generated():
    for row in copies(Invoice.objects.all()):
        row.save()  # -> unknown: save_generated() leaves the transaction to its callers
    for row in new_ones(3):
        row.save()  # -> unknown: save_generated() leaves the transaction to its callers
    for row in old_ones():
        row.save()


def find_one():
    try:
        return Invoice.objects.get(pk=1)
    except Invoice.DoesNotExist:
        return None
