from django.contrib import admin
from django.core.management.base import BaseCommand
from django.db import transaction
from django.views import View
from django.views.generic import CreateView, DetailView, FormView
from rest_framework.generics import CreateAPIView
from rest_framework.viewsets import ModelViewSet
from shop import mixins
from shop.forms import InvoiceForm, InvoiceSerializer, NoteForm, OtherSerializer, SavingForm
from shop.models import Invoice


class AtomicDispatch(View):
    def dispatch(self, request, *args, **kwargs):
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)


class Post(mixins.PostMixin, View):
    pass


class SafePost(mixins.SafePostMixin, AtomicDispatch):
    pass


class BothSafe(mixins.BothMixin, AtomicDispatch):
    pass


class BothBare(mixins.BothMixin, View):
    pass


class Perform(mixins.PerformMixin, ModelViewSet):
    serializer_class = InvoiceSerializer


class SafePerform(mixins.SafePerformMixin, ModelViewSet):
    serializer_class = InvoiceSerializer


class Valid(mixins.ValidMixin, CreateView):
    form_class = InvoiceForm


class Dispatched(mixins.DispatchMixin, View):
    def get(self, request):
        return None


class Detail(mixins.ObjectMixin, DetailView):
    model = Invoice


class OfModel(mixins.ModelMixin_, View):
    model = Invoice


class InvoiceAdmin(mixins.ActionMixin, admin.ModelAdmin):
    pass


class Command(mixins.HandleMixin, BaseCommand):
    pass


class Note(FormView):
    form_class = NoteForm


class Saving(CreateView):
    form_class = SavingForm

    def form_valid(self, form):
        form.save()
        return None


class Other(CreateAPIView):
    serializer_class = OtherSerializer
