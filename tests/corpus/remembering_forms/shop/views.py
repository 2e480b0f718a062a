from django.views.generic import CreateView

from shop.forms import ArgumentForm, InvoiceForm, OpenForm, PropertyForm, VersionForm, ViewForm


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


class Edit(CreateView):
    form_class = ViewForm

    def form_valid(self, form):
        if form.is_new:
            form.save()  # -> outside: view without atomic()
        else:
            form.save()
        if not form.is_new:
            form.instance.clean_resources()


class Argument(CreateView):
    form_class = ArgumentForm

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()


class Property(CreateView):
    form_class = PropertyForm

    def form_valid(self, form):
        form.save()
