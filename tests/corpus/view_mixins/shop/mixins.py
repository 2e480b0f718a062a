"""Mixins that are no views themselves; other modules mix them into some."""

from django.db import transaction
from shop.models import Invoice


class PostMixin:
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


class SafePostMixin:
    def post(self, request):
        Invoice.objects.create()  # -> inside: AtomicDispatch.dispatch() opens atomic()


class BothMixin:
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


class PerformMixin:
    def perform_create(self, serializer):
        serializer.save(note="by the mixin")  # -> outside: view without atomic()


class SafePerformMixin:
    @transaction.atomic
    def perform_create(self, serializer):
        serializer.save()  # -> inside: @transaction.atomic


class ValidMixin:
    def form_valid(self, form):
        invoice = form.save(commit=False)
        invoice.note = "by the mixin"
        invoice.save()  # -> outside: view without atomic()
        return super().form_valid(form)


class DispatchMixin:
    def dispatch(self, request, *args, **kwargs):
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().dispatch(request, *args, **kwargs)


class ObjectMixin:
    def get_object(self):
        return Invoice.objects.get_or_create(note="")[0]  # -> outside: view without atomic()


class ModelMixin_:
    def post(self, request):
        self.model.objects.create()  # -> outside: view without atomic()


class ActionMixin:
    actions = ["copy"]

    def copy(self, request, queryset):
        Invoice.objects.create()  # -> outside: action of the admin without atomic()

    def save_model(self, request, obj, form, change):
        Invoice.objects.create()  # -> inside: the admin saves in a transaction


class HandleMixin:
    def handle(self, *args, **options):
        Invoice.objects.create()  # -> outside: management command without atomic()


class CleanMixin:
    def clean(self):
        Invoice.objects.create()  # -> outside: view without atomic()


class SaveMixin:
    def save(self, commit=True):
        invoice = super().save(commit=False)
        invoice.save()  # -> outside: view without atomic()
        return invoice


class CreateMixin:
    def create(self, validated_data):
        return Invoice.objects.create(**validated_data)  # -> outside: view without atomic()


class UnusedMixin:
    def post(self, request):
        Invoice.objects.create()  # -> unknown: post() leaves the transaction to its callers
