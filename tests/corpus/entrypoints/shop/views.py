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
    Invoice.objects.create()  # -> outside: view without atomic()
    return HttpResponse()


def routed_with_atomic(request):
    Invoice.objects.create()  # -> inside: transaction.atomic in the URLconf
    return HttpResponse()


def routed_twice(request):
    Invoice.objects.create()  # -> outside: view without atomic()
    return HttpResponse()


@login_required
def decorated(request):
    Invoice.objects.create()  # -> outside: view (@login_required) without atomic()
    return HttpResponse()


def helper(request):
    Invoice.objects.create()  # -> unknown: helper() leaves the transaction to its callers


@api_view(["POST"])
def rest(request):
    Invoice.objects.create()  # -> outside: view (@api_view) without atomic()


@api_view(["POST"])
@transaction.atomic
def rest_in_a_transaction(request):
    Invoice.objects.create()  # -> inside: @transaction.atomic


class ByHand(View):
    def get(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()

    @transaction.atomic
    def post(self, request):
        Invoice.objects.create()  # -> inside: @transaction.atomic

    @method_decorator(transaction.atomic)
    def put(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(transaction.atomic)

    @method_decorator(login_required)
    def patch(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()

    def issue(self):
        Invoice.objects.create()  # -> unknown: issue() leaves the transaction to its callers


@method_decorator(transaction.atomic, name="dispatch")
class Dispatched(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(transaction.atomic, name='dispatch')


@method_decorator([login_required, transaction.atomic], name="dispatch")
class DispatchedByOneOfTwo(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator([login_required, transaction.atomic], name='dispatch')


@method_decorator(transaction.atomic, name="post")
class OnlyPost(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(transaction.atomic, name='post')

    def put(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


class Overridden(View):
    @transaction.atomic
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    def post(self, request):
        Invoice.objects.create()  # -> inside: @transaction.atomic opens atomic()


class Heir(Dispatched):
    def put(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(transaction.atomic, name='dispatch')


class RoutedWithAtomic(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: transaction.atomic in the URLconf


class Rest(GenericViewSet):
    @action(detail=False)
    def issue(self, request):
        Invoice.objects.create()  # -> outside: action of the admin or of a view set without atomic()

    @action(detail=False)
    @transaction.atomic
    def issue_in_a_transaction(self, request):
        Invoice.objects.create()  # -> inside: @transaction.atomic

    def create(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


@non_atomic_requests
def non_atomic(request):
    Invoice.objects.create()  # -> outside: view without atomic()


class Mutations:
    @strawberry.mutation
    def issue(self, info):
        Invoice.objects.create()  # -> outside: view (@mutation) without atomic()

    def helper(self, info):
        Invoice.objects.create()  # -> unknown: helper() leaves the transaction to its callers
