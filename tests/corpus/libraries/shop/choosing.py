"""Views that choose their forms, and what their rows are."""

from django.views.generic import CreateView, UpdateView
from rest_framework.generics import CreateAPIView
from shop.forms import InvoiceForm, InvoiceSerializer, IssueSerializer, ReceiptForm
from shop.models import Customer, Invoice


class Chosen(CreateView):  # -> outside: view without atomic()
    model = Invoice

    def get_form_class(self):
        return self.form_class or InvoiceForm


class OfReceipts(Chosen):  # -> outside: view without atomic()
    form_class = ReceiptForm


class AsItIs(Chosen):  # -> outside: view without atomic()
    template_name = "invoice.html"


class Issue(CreateAPIView):
    def get_serializer_class(self):
        if self.request.version == "1":
            return IssueSerializer
        return InvoiceSerializer

    def perform_create(self, serializer):
        serializer.save()


class Change(UpdateView):
    form_class = InvoiceForm

    def render_to_response(self, context):
        self.object.total = 0
        self.object.save()
        return super().render_to_response(context)


class ChangeOfCustomer(UpdateView):
    queryset = Customer.objects.all()
    fields = ["name"]
