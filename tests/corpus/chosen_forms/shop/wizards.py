from django.db import transaction
from formtools.wizard.views import SessionWizardView

from shop.forms import InvoiceForm, SearchForm, ShortForm
from shop.models import Invoice


class ByLoop(SessionWizardView):
    form_list = [SearchForm, InvoiceForm]

    def done(self, form_list, **kwargs):
        for form in form_list:
            form.save()  # -> outside: view without atomic()


class ByName(SessionWizardView):
    form_list = [("search", SearchForm), ("invoice", InvoiceForm)]

    def done(self, form_list, form_dict, **kwargs):
        form_dict["search"].save()
        with transaction.atomic():
            form_dict["invoice"].save()  # -> inside: transaction.atomic()


class ByPosition(SessionWizardView):
    def done(self, form_list, **kwargs):
        search, form = form_list
        search.save()
        invoice = form.save(commit=False)
        invoice.name = search.cleaned_data["text"]
        invoice.save()  # -> outside: view without atomic()


class Heir(ByPosition):
    form_list = [SearchForm, ShortForm]


class Editing(SessionWizardView):
    form_list = [InvoiceForm]

    def get_form_instance(self, step):
        return Invoice.objects.get(pk=self.kwargs["pk"])

    def done(self, form_list, **kwargs):
        for form in form_list:
            form.save()


class ByUrl(SessionWizardView):
    """Its forms stand in a URLconf: ``as_view([…])``."""

    def done(self, form_list, **kwargs):
        for form in form_list:
            if isinstance(form, InvoiceForm) and form.has_changed():
                form.save()  # -> unknown: whether the row is new depends on the caller
            else:
                form.save()
