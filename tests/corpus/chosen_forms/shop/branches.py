from django.db import transaction

from shop.forms import InvoiceForm, SearchForm, ShortForm


def by_class(form):
    if isinstance(form, InvoiceForm):
        form.save()  # -> outside: view without atomic()
    else:
        form.save()


def by_exact_class(form):
    if type(form) is not ShortForm:
        return
    form.save()  # -> unknown: whether the row is new depends on the caller


def by_classes(form):
    if not isinstance(form, (InvoiceForm, SearchForm)):
        raise TypeError(form)
    with transaction.atomic():
        form.save()  # -> inside: transaction.atomic()


def view(request):
    by_class(ShortForm(request.POST))
    by_class(SearchForm(request.POST))


def other(request, form):
    by_exact_class(form)
    by_classes(form)
