from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import CreateView
from shop.models import Invoice


def routed(request):
    Invoice.objects.create()  # -> inside
    Invoice.objects.using("other").create()  # -> outside
    transaction.on_commit(lambda: Invoice.objects.create())  # -> outside


@transaction.non_atomic_requests
def non_atomic(request):
    Invoice.objects.create()  # -> outside
    with transaction.atomic():
        Invoice.objects.create()  # -> inside


def non_atomic_in_urls(request):
    Invoice.objects.create()  # -> outside


@login_required
def decorated(request):
    Invoice.objects.create()  # -> inside


class ByClass(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside

    def issue(self):
        Invoice.objects.create()  # -> inside


class Create(CreateView):  # -> inside
    model = Invoice
    fields = "__all__"


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class NonAtomic(View):
    def post(self, request):
        Invoice.objects.create()  # -> outside


class NonAtomicDispatch(View):
    @method_decorator(transaction.non_atomic_requests)
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)

    def post(self, request):
        Invoice.objects.create()  # -> outside


def helper(row):
    Invoice.objects.create()  # -> unknown
