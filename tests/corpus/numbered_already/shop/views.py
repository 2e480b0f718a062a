from datetime import date

from shop.models import Bill, Invoice


def pay(request, pk):
    bill = Bill.objects.get(pk=pk)
    assert bill.number, "a draft cannot be paid"
    bill.state = "paid"
    bill.save()


def pay_by_property(request, pk):
    bill = Bill.objects.get(pk=pk)
    if not bill.is_issued:
        return None
    bill.state = "paid"
    bill.save()


def pay_by_method(request, pk):
    bill = Bill.objects.get(pk=pk)
    if bill.is_draft():
        return None
    bill.state = "paid"
    bill.save()  # -> unknown: whether it issues a draft (state) is not certain


def issue_by_method(request, pk):
    bill = Bill.objects.get(pk=pk)
    if bill.is_draft():
        bill.state = "issued"
        bill.save()  # -> outside: view without atomic(); the UPDATE issues a draft (state)


def pay_by_states(request, pk):
    bill = Bill.objects.get(pk=pk)
    if bill.state in ("issued", "paid"):
        bill.state = "paid"
        bill.save()
    if bill.state not in ["issued", "paid"]:
        return None
    bill.state = "paid"
    bill.save()


def issue_by_states(request, pk):
    bill = Bill.objects.get(pk=pk)
    if bill.state in ("draft", "issued"):
        bill.state = "issued"
        bill.save()  # -> unknown: whether it issues a draft (state) is not certain


def pay_some(request, numbers):
    for bill in Bill.objects.filter(number__in=numbers):
        bill.state = "paid"
        bill.save()
    for bill in Bill.objects.filter(number__gte=1):
        bill.state = "paid"
        bill.save()
    for bill in Bill.objects.filter(state__in=["issued", "paid"]):
        bill.state = "paid"
        bill.save()
    for bill in Bill.objects.filter(state__in=["draft", "paid"]):
        bill.state = "paid"
        bill.save()  # -> unknown: whether it issues a draft (state) is not certain


def pay_either(request, issued):
    for bill in Bill.objects.filter(number__isnull=issued):
        bill.state = "paid"
        bill.save()  # -> unknown: whether it issues a draft (state) is not certain


def draft(request):
    Bill.objects.create(state="draft")  # -> unknown: a draft, which takes no number: view without atomic()
    Bill.objects.create(note="x")  # -> unknown: a draft, which takes no number: view without atomic()
    Bill.objects.create(state="issued")  # -> outside: view without atomic()
    Bill.objects.create(state=request.POST["state"])  # -> outside: view without atomic()
    Bill.objects.create(**request.POST)  # -> outside: view without atomic()
    Bill(note="x").save()  # -> unknown: a draft, which takes no number: view without atomic()
    bill = Bill(note="x")
    bill.save()  # -> unknown: a draft, which takes no number: view without atomic()
    Bill(state="issued").save()  # -> outside: view without atomic()


def issue_at_once(request):
    invoice = Invoice()
    invoice.issued_on = date.today()
    invoice.save()  # -> outside: view without atomic()
    invoice = Invoice(issued_on=None)
    invoice.save()  # -> unknown: a draft, which takes no number: view without atomic()
    invoice = Invoice(issued_on=date.today())
    invoice.save()  # -> outside: view without atomic()


def by_query_in_a_variable(request):
    issued = Invoice.objects.filter(number__isnull=False)
    for invoice in issued:
        invoice.issued_on = date.today()
        invoice.save()


def by_local_condition(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    is_issued = invoice.issued_on is not None
    if is_issued:
        invoice.issued_on = date.today()
        invoice.save()
    else:
        invoice.issued_on = date.today()
        invoice.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)


def set_back(request, pk):
    invoice = Invoice.objects.get(pk=pk)
    invoice.issued_on = date.today()
    invoice.refresh_from_db()
    invoice.save()
    invoice.issued_on = date.today()
    invoice.issued_on, invoice.note = None, "x"
    invoice.save()
