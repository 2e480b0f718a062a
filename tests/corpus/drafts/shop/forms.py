"""Forms and their views that issue a draft."""

from datetime import date

from django import forms
from django.db import transaction
from django.views.generic import DetailView, UpdateView
from shop.models import Invoice


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]


def issue_by_form(request, pk):
    form = InvoiceForm(request.POST, instance=Invoice.objects.get(pk=pk))
    if form.is_valid():
        form.instance.issued_on = date.today()
        form.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)
        form.save()


def issue_by_form_inside(request, pk):
    form = InvoiceForm(request.POST, instance=Invoice.objects.get(pk=pk))
    with transaction.atomic():
        form.instance.issued_on = date.today()
        form.save()  # -> inside: transaction.atomic(); the UPDATE issues a draft (issued_on)


def rename_by_form(request, pk):
    form = InvoiceForm(request.POST, instance=Invoice.objects.get(pk=pk))
    form.save()


class Issue(UpdateView):
    form_class = InvoiceForm

    def form_valid(self, form):
        form.instance.issued_on = date.today()
        return super().form_valid(form)  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)


class IssueObject(UpdateView):
    model = Invoice
    fields = ["note"]

    def form_valid(self, form):
        self.object.issued_on = date.today()
        self.object.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)
        return super().form_valid(form)


class Rename(UpdateView):
    form_class = InvoiceForm

    def form_valid(self, form):
        form.instance.note = "renamed"
        return super().form_valid(form)


class Detail(DetailView):
    model = Invoice

    def post(self, request, *args, **kwargs):
        self.object = self.get_object()
        self.object.issued_on = date.today()
        self.object.save()  # -> outside: view without atomic(); the UPDATE issues a draft (issued_on)
