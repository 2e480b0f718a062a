import asyncio

from django.contrib import admin
from django.db import transaction
from django.views import View
from django.views.generic import CreateView
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from shop.mixins import AtomicForm, AtomicPerform
from shop.models import Customer, Invoice


class Extended(AtomicForm, CreateView):
    model = Invoice
    fields = ["note"]

    def form_valid(self, form):
        form.instance.note = "x"
        return super().form_valid(form)  # -> inside: AtomicForm.form_valid() opens atomic()


class Plain(AtomicForm, CreateView):  # -> inside: AtomicForm.form_valid() opens atomic()
    model = Invoice
    fields = ["note"]


class Behind(CreateView, AtomicForm):  # -> outside: view without atomic()
    model = Invoice
    fields = ["note"]


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = ["note"]


class Performed(AtomicPerform, viewsets.ModelViewSet):
    serializer_class = InvoiceSerializer

    def perform_create(self, serializer):
        super().perform_create(serializer)  # -> inside: @transaction.atomic opens atomic()


class Past(viewsets.ModelViewSet):
    serializer_class = InvoiceSerializer

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer):
        serializer.save()  # -> outside: action of the admin or of a view set without atomic()

    @action(detail=False, methods=["post"])
    def quick(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)


class AtomicView(View):
    def dispatch(self, request, *args, **kwargs):
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)


class Coroutine(AtomicView):
    async def post(self, request):
        await asyncio.sleep(0)
        await Invoice.objects.abulk_create([])  # -> outside: view without atomic()


class NotRouted(View):
    def post(self, request):
        Invoice.objects.bulk_create([])  # -> inside: Routed.dispatch() opens atomic()


class Routed(NotRouted):
    def dispatch(self, request, *args, **kwargs):
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)


class CustomerAdmin(admin.ModelAdmin):
    def change_view(self, request, object_id, form_url="", extra_context=None):
        Invoice.objects.bulk_create([])  # -> outside: view of the admin without atomic()
        return super().change_view(request, object_id, form_url, extra_context)


def of_managers(request):
    Invoice.objects.create()  # -> inside: InvoiceManager.create() opens atomic()
    Invoice.objects.get_or_create(note="x")  # -> outside: view without atomic()
    Invoice.objects.filter(note="x").create()  # -> outside: view without atomic()
    Invoice.objects.all().get_or_create(note="x")  # -> outside: view without atomic()


def clone_customer(request, pk):
    Customer.objects.get(pk=pk).clone()
    Customer.shared.open()
    Customer.shared.reopen()


@transaction.atomic
def clone_invoice(request, pk):
    Invoice.objects.get(pk=pk).clone()
    Invoice.shared.open()


def service(func=None, *, atomic=True):
    def decorate(function):
        return transaction.atomic(function) if atomic else function

    return decorate(func) if func else decorate


@service(atomic=False)
def by_service(request):
    Invoice.objects.bulk_create([])  # -> unknown: @service(atomic=False), but not on every path


def in_groups(request):
    try:
        Invoice.objects.bulk_create([])  # -> outside: view without atomic()
    except* ValueError:
        Invoice.objects.bulk_create([])  # -> outside: view without atomic()
