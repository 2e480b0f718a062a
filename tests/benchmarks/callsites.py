"""How long the check takes to read a large project: ``python -m tests.benchmarks.callsites``."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from gapless_fields.callsites import Target, find_callsites

LINES_A_FILE = 100
PROJECTS = [(1_000, 10, 0.250), (10_000, 50, 3.0)]
"""Files, files that matter, and the most seconds that the check may take."""
ROUNDS = 5

OTHER = '''
class Thing{n}(models.Model):
    name = models.CharField(max_length=100)
    created_on = models.DateField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


def create_thing_{n}(request, pk=None):
    """Create a thing, or save the one there is."""
    thing = Thing{n}(name=request.POST["name"])
    if pk is not None:
        thing = Thing{n}.objects.select_for_update().get(pk=pk)
    for key, value in request.POST.items():
        setattr(thing, key, value)
    thing.save()
    return render(request, "thing.html", {{"thing": thing, "rows": [row.pk for row in rows()]}})
'''

MATTERS = """
class InvoiceForm{n}(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["customer", "total"]


class CreateInvoice{n}(CreateView):
    form_class = InvoiceForm{n}


def invoice_{n}(request, order):
    customer = get_object_or_404(Customer, pk=order.customer_id)
    with transaction.atomic():
        invoice = Invoice(customer=customer, total=order.total)
        invoice.save()
    for line in order.lines.all():
        if line.is_separate:
            Invoice.objects.create(customer=customer, total=line.total)
    return redirect(invoice)
"""

CALLS = """
@shared_task
def nightly_{n}(orders):
    for order in orders:
        invoice_{called}(None, order)
"""

IMPORTS = """from django import forms
from django.db import models, transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import CreateView
from celery import shared_task
"""

MODELS = """
class Customer(models.Model):
    name = models.CharField(max_length=100)


class Invoice(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invoices")
    total = models.DecimalField(max_digits=12, decimal_places=2)
"""


def write_project(folder: Path, files: int, matter: int) -> int:
    """Write a project of that many files; return how many sites it has.

    Beside each file that matters there is one that calls a function of it.
    """
    step = files // matter
    first = IMPORTS.count("\n") + 1
    for n in range(files):
        app = folder / f"app_{n // 20}"
        app.mkdir(exist_ok=True)
        (app / "__init__.py").touch()
        text, template = IMPORTS, OTHER
        if n % step == 0:
            text += "from billing.models import Customer, Invoice\n"
            template = MATTERS
        elif n % step == 1:
            called = f"{n - 1}_{first}"
            text += f"from app_{(n - 1) // 20}.module_{n - 1} import invoice_{called}\n"
            text += CALLS.format(n=n, called=called)
        while text.count("\n") < LINES_A_FILE:
            text += template.format(n=f"{n}_{text.count(chr(10))}")
        (app / f"module_{n}.py").write_text(text)
    billing = folder / "billing"
    billing.mkdir()
    (billing / "__init__.py").touch()
    (billing / "models.py").write_text(IMPORTS + MODELS)
    per_file = -(-(LINES_A_FILE - IMPORTS.count("\n") - 1) // MATTERS.count("\n"))
    return matter * per_file * 3


def measure(files: int, matter: int, limit: float) -> dict[str, float]:
    """The median, best and worst time in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        sites = write_project(Path(folder), files, matter)
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            report = find_callsites([folder], [Target("billing.models.Invoice")])
            times.append((time.perf_counter() - start) * 1000)
            assert len(report.callsites) == sites, (len(report.callsites), sites)
            called = [f for f in report.callsites if "@shared_task" in f.because]
            assert len(called) == matter, (len(called), matter)
    return {
        "files": files,
        "lines": files * LINES_A_FILE,
        "matter": matter,
        "sites": sites,
        "median_ms": round(statistics.median(times), 1),
        "best_ms": round(min(times), 1),
        "worst_ms": round(max(times), 1),
        "limit_ms": limit * 1000,
    }


def main(scale: int = 1) -> list[dict[str, float]]:
    """Measure the projects, each divided by ``scale``, and print a table."""
    print("\n### The check\n\n| lines | files that matter | ms |\n| ---: | ---: | ---: |")
    results = []
    for files, matter, limit in PROJECTS:
        result = measure(max(files // scale, 10), max(matter // scale, 1), limit)
        print(f"| {result['lines']:,} | {result['matter']} | {result['median_ms']:,.0f} |")
        results.append(result)
    return results


if __name__ == "__main__":
    main()
