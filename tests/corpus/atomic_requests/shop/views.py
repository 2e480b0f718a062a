from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import CreateView
from shop.models import Invoice


def routed(request):
    Invoice.objects.create()  # -> inside: ATOMIC_REQUESTS
    Invoice.objects.using("other").create()  # -> outside: view without atomic()
    transaction.on_commit(lambda: Invoice.objects.create())  # -> outside: on_commit() runs it after the transaction


@transaction.non_atomic_requests
def non_atomic(request):
    Invoice.objects.create()  # -> outside: view with non_atomic_requests
    with transaction.atomic():
        Invoice.objects.create()  # -> inside: transaction.atomic()


def non_atomic_in_urls(request):
    Invoice.objects.create()  # -> outside: view with non_atomic_requests


@login_required
def decorated(request):
    Invoice.objects.create()  # -> inside: ATOMIC_REQUESTS


class ByClass(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: ATOMIC_REQUESTS

    def issue(self):
        Invoice.objects.create()  # -> inside: ATOMIC_REQUESTS


class Create(CreateView):  # -> inside: ATOMIC_REQUESTS
    model = Invoice
    fields = "__all__"


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class NonAtomic(View):
    def post(self, request):
        Invoice.objects.create()  # -> outside: view with non_atomic_requests


class NonAtomicDispatch(View):
    @method_decorator(transaction.non_atomic_requests)
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)

    def post(self, request):
        Invoice.objects.create()  # -> outside: view with non_atomic_requests


def helper(row):
    Invoice.objects.create()  # -> unknown: helper() leaves the transaction to its callers
