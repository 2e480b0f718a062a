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
    Invoice.objects.create()  # -> outside


class ByHand(LoginCreateView):  # -> outside
    model = Invoice
    fields = ["customer"]


class Counting(MiddlewareMixin):
    def process_request(self, request):
        Invoice.objects.create()  # -> outside


class Several(View):
    @method_decorator(decorators)
    def post(self, request):
        Invoice.objects.create()  # -> inside

    @InOneStep()
    def put(self, request):
        Invoice.objects.create()  # -> inside


@method_decorator(decorators, name="dispatch")
class OnTheClass(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside


def bare(request):
    Invoice.objects.create()  # -> inside


def named(request):
    Invoice.objects.create()  # -> inside


class Listed(View):
    def post(self, request):
        Invoice.objects.create()  # -> outside


def _helper(request):
    Invoice.objects.create()  # -> unknown


def plain(cls):
    return cls


@plain
class Plain(View):
    def post(self, request):
        Invoice.objects.create()  # -> outside


class MadeForm(CreateView):  # -> outside
    form_class = modelform_factory(Invoice, fields=["customer"])


class SavingView(CreateView):
    model = Invoice
    fields = ["customer"]

    def form_valid(self, form):
        form.save()  # -> outside
        return HttpResponse()


class HeirOfSavingView(SavingView):
    def form_valid(self, form):
        return super().form_valid(form)
