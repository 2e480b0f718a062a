from django.views.generic import CreateView

from shop.forms import BillForm, ByMeta, LongForm, SearchForm, ShortForm, made_from


def by_factory(request):
    BillForm(request.POST).save()  # -> outside: view without atomic()


def by_type(request):
    form = LongForm(request.POST)
    form.save()  # -> outside: view without atomic()


def by_meta(request):
    form = ByMeta(request.POST)
    form.save()  # -> outside: view without atomic()


def by_function(request):
    form = made_from(ShortForm)(request.POST)
    form.save()  # -> outside: view without atomic()


def of_no_model(request):
    form = type("Search", (SearchForm,), {})(request.POST)
    form.save()


class ByType(CreateView):  # -> outside: view without atomic()
    form_class = LongForm


class ByMethod(CreateView):
    def get_form_class(self):
        return type("Form", (ShortForm,), {})

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()


class ByCondition(CreateView):
    def get_form_class(self):
        if self.request.user.is_staff:
            return ShortForm
        return LongForm

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()
