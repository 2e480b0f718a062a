from django.db.models import Count, IntegerField, Max, Min
from django.db.models.functions import Cast, Coalesce
from django.shortcuts import render
from shop.models import Company, Invoice, Receipt


def by_maximum(request, company):
    highest = Invoice.objects.aggregate(Max("number"))["number__max"] or 0
    number = highest + 1  # by hand
    found = Invoice.objects.filter(company=company).aggregate(last=Coalesce(Max("number"), 0))
    other = 1 + found["last"]  # by hand
    third = found.get("last")
    third += 1  # by hand
    fourth = Invoice.objects.aggregate(next=Max("number") + 1)["next"]  # by hand
    return number, other, third, fourth


def by_method(request):
    return f"INV-{Invoice.highest() + 1:05d}"  # by hand


def by_last_row(request):
    last = Invoice.objects.latest("number")
    yield last.number + 1  # by hand
    yield Invoice.objects.order_by("-number")[0].number + 1  # by hand
    yield int(Invoice.objects.last().number) + 1  # by hand
    yield Invoice.objects.order_by("number").last().number + 1  # by hand
    yield Invoice.objects.order_by("-number").values_list("number", flat=True).first() + 1  # by hand
    yield max(Invoice.objects.values_list("number", flat=True)) + 1  # by hand
    try:
        number = request.user.company.invoices.latest("number").number + 1  # by hand
    except Invoice.DoesNotExist:
        number = 1
    yield number


def next_number():
    return Invoice.objects.count() + 1


def by_count(request):
    invoice = Invoice()
    invoice.number = Invoice.objects.count() + 1  # by hand
    count = Invoice.objects.count()
    other = Invoice(company=request.company, number=count + 1)  # by hand
    third = Invoice(
        number=next_number(),  # by hand
    )
    fourth = Invoice(number=Invoice.objects.aggregate(Max("number"))["number__max"])  # by hand
    return invoice, other, third, fourth


def report(request):
    """What is only shown, or counts something else."""
    highest = Invoice.objects.aggregate(Max("number"))["number__max"]
    last = Invoice.objects.latest("number").number
    pages = Invoice.objects.count() + 1
    codes = Company.objects.aggregate(Max("code"))["code__max"] + 1
    lowest = Invoice.objects.aggregate(Min("number"))["number__min"] + 1
    positions = Invoice.objects.aggregate(Max("position"))["position__max"] + 1
    companies = Invoice.objects.aggregate(Count("number"))["number__count"] + 1
    position = Invoice(position=Invoice.objects.count() + 1)
    invoice = Invoice.objects.get(pk=1)
    following = Invoice.objects.filter(number=invoice.number + 1).exists()
    first = Invoice.objects.order_by("number").first().number + 1
    more = highest + 10
    return render(request, "report.html", locals(), number=Invoice.objects.count())


def next_receipt(request):
    return Receipt.objects.next_number()


def by_text(request):
    last = Invoice.objects.aggregate(last=Max(Cast("number", IntegerField())))["last"]
    return Invoice(number=(last or 0) + 1)  # by hand


def counted(request):
    (highest,) = Invoice.objects.aggregate(Max("number")).values()
    number = highest + 1  # by hand
    invoice = Invoice(note=number)
    invoice.number = len(Invoice.objects.all()) + 1  # by hand
    return invoice


def gaps(request):
    last = Invoice.objects.aggregate(Max("number"))["number__max"] or 0
    numbers = set(Invoice.objects.values_list("number", flat=True))
    return [number for number in range(1, last + 1) if number not in numbers]
