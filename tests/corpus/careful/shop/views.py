from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.views.generic import CreateView, DetailView, FormView
from shop.api_views import split
from shop.forms import HandingOver, InvoiceForm, UploadForm
from shop.models import Invoice


class IssueForOthers(CreateView):
    form_class = HandingOver


class Issue(CreateView):  # -> outside: view without atomic()
    form_class = InvoiceForm


class Upload(DetailView, FormView):
    """Shows an invoice, and saves something else."""

    model = Invoice
    form_class = UploadForm

    def form_valid(self, form):
        form.save()
        return super().form_valid(form)

    @transaction.atomic
    def helper(self, invoice, form):
        form.save()


@login_required
def issue(request, form_class=InvoiceForm, *, upload_class=UploadForm):
    form = form_class(request.POST)
    form.save()  # -> outside: view (@login_required) without atomic()
    upload_class(request.POST).save()
    HandingOver(request.POST).save()
    split(request, Invoice.objects.first())
    request.user.sales.create()  # -> outside: view (@login_required) without atomic()
