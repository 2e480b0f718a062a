from contextlib import ContextDecorator

from braces.views import LoginCreateView
from django.db import transaction
from django.forms import modelform_factory
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from django.views.generic import CreateView
from django.views.decorators.cache import never_cache
from ninja import Router
from shop.models import Invoice

router = Router()
decorators = [never_cache, transaction.atomic]


class InOneStep(ContextDecorator):
    def __enter__(self):
        self.block = transaction.atomic()
        self.block.__enter__()

    def __exit__(self, *error):
        self.block.__exit__(*error)


def in_steps(function):
    def inside(*args, **kwargs):
        with transaction.atomic():
            return function(*args, **kwargs)

    return inside


@router.post("/invoices")
def by_route(request):
    Invoice.objects.create()  # -> outside: view (@post) without atomic()


class ByHand(LoginCreateView):  # -> outside: view without atomic()
    model = Invoice
    fields = ["customer"]


class Counting(MiddlewareMixin):
    def process_request(self, request):
        Invoice.objects.create()  # -> outside: middleware without atomic()


class Several(View):
    @method_decorator(decorators)
    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(decorators)

    @InOneStep()
    def put(self, request):
        Invoice.objects.create()  # -> inside: @InOneStep()


@method_decorator(decorators, name="dispatch")
class OnTheClass(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(decorators, name='dispatch')


def bare(request):
    Invoice.objects.create()  # -> inside: @in_steps


def named(request):
    Invoice.objects.create()  # -> inside: @in_steps


class Listed(View):
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


def _helper(request):
    Invoice.objects.create()  # -> unknown: _helper() leaves the transaction to its callers


def plain(cls):
    return cls


@plain
class Plain(View):
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


class MadeForm(CreateView):  # -> outside: view without atomic()
    form_class = modelform_factory(Invoice, fields=["customer"])


class SavingView(CreateView):
    model = Invoice
    fields = ["customer"]

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()
        return HttpResponse()


class HeirOfSavingView(SavingView):
    def form_valid(self, form):
        return super().form_valid(form)
