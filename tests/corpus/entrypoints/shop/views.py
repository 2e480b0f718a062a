import strawberry
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.transaction import non_atomic_requests
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.decorators import action, api_view
from rest_framework.viewsets import GenericViewSet
from shop.models import Invoice


def routed(request):
    Invoice.objects.create()  # -> outside
    return HttpResponse()


def routed_with_atomic(request):
    Invoice.objects.create()  # -> inside
    return HttpResponse()


def routed_twice(request):
    Invoice.objects.create()  # -> outside
    return HttpResponse()


@login_required
def decorated(request):
    Invoice.objects.create()  # -> outside
    return HttpResponse()


def helper(request):
    Invoice.objects.create()  # -> unknown


@api_view(["POST"])
def rest(request):
    Invoice.objects.create()  # -> outside


@api_view(["POST"])
@transaction.atomic
def rest_in_a_transaction(request):
    Invoice.objects.create()  # -> inside


class ByHand(View):
    def get(self, request):
        Invoice.objects.create()  # -> outside

    @transaction.atomic
    def post(self, request):
        Invoice.objects.create()  # -> inside

    @method_decorator(transaction.atomic)
    def put(self, request):
        Invoice.objects.create()  # -> inside

    @method_decorator(login_required)
    def patch(self, request):
        Invoice.objects.create()  # -> outside

    def issue(self):
        Invoice.objects.create()  # -> unknown


@method_decorator(transaction.atomic, name="dispatch")
class Dispatched(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside


@method_decorator([login_required, transaction.atomic], name="dispatch")
class DispatchedByOneOfTwo(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside


@method_decorator(transaction.atomic, name="post")
class OnlyPost(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside

    def put(self, request):
        Invoice.objects.create()  # -> outside


class Overridden(View):
    @transaction.atomic
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    def post(self, request):
        Invoice.objects.create()  # -> inside


class Heir(Dispatched):
    def put(self, request):
        Invoice.objects.create()  # -> inside


class RoutedWithAtomic(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside


class Rest(GenericViewSet):
    @action(detail=False)
    def issue(self, request):
        Invoice.objects.create()  # -> outside

    @action(detail=False)
    @transaction.atomic
    def issue_in_a_transaction(self, request):
        Invoice.objects.create()  # -> inside

    def create(self, request):
        Invoice.objects.create()  # -> outside


@non_atomic_requests
def non_atomic(request):
    Invoice.objects.create()  # -> outside


class Mutations:
    @strawberry.mutation
    def issue(self, info):
        Invoice.objects.create()  # -> outside

    def helper(self, info):
        Invoice.objects.create()  # -> unknown
