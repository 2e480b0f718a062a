from django.db import transaction
from django.utils.decorators import method_decorator
from django.views import View

from shop.decorators import (
    Always,
    Branching,
    Methods,
    branching,
    choosing,
    stacking,
    wrapping,
)
from shop.models import Invoice


@branching
def one(request):
    Invoice.objects.create()  # -> unknown: @branching, but not on every path


@choosing("POST", "PUT")
def two(request):
    Invoice.objects.create()  # -> unknown: @choosing('POST', 'PUT'), but not on every path


@wrapping
def three(request):
    Invoice.objects.create()  # -> unknown: @wrapping, but not on every path


@stacking
def four(request):
    Invoice.objects.create()  # -> unknown: @stacking, but not on every path


@Branching
def five(request):
    Invoice.objects.create()  # -> unknown: @Branching, but not on every path


@Methods("POST")
def by_instance(request):
    Invoice.objects.create()  # -> unknown: @Methods('POST'), but not on every path


@Always
def six(request):
    Invoice.objects.create()  # -> inside: @Always


class Dispatching(View):
    def dispatch(self, request, *args, **kwargs):
        if request.method == "POST":
            with transaction.atomic():
                return super().dispatch(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request):
        Invoice.objects.create()  # -> unknown: Dispatching.dispatch() opens atomic(), but not on every path


@method_decorator(branching, name="dispatch")
class Decorated(View):
    def post(self, request):
        Invoice.objects.create()  # -> unknown: @method_decorator(branching, name='dispatch'), but not on every path
