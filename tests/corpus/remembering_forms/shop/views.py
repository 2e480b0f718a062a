from django.views.generic import CreateView

from shop.forms import InvoiceForm, OpenForm, VersionForm


class Create(CreateView):
    form_class = InvoiceForm

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()


class Reopen(CreateView):
    form_class = OpenForm

    def form_valid(self, form):
        form.save()


class Version(CreateView):
    form_class = VersionForm

    def form_valid(self, form):
        form.save()
