from django import forms
from django.contrib import admin
from django.db import transaction
from django.views.generic import CreateView, FormView, UpdateView, View

from shop.forms import ImportForm, InvoiceForm, OrderForm, SafeOrderForm
from shop.models import Credit, Invoice, Order, Ticket, Tour, Visit
from shop.signals import paid, shipped


class EditView(View):
    """A base view: its subclasses name the form."""

    model_form = None

    def post(self, request):
        form = self.model_form(request.POST)
        if form.is_valid():
            with transaction.atomic():
                form.save()  # -> inside: transaction.atomic()


class InvoiceEditView(EditView):
    model_form = InvoiceForm


class ChooseView(View):
    serializer_class = None

    def create(self, request):
        self.choose(request)

    def choose(self, request):
        pass


class OrderUpdateView(UpdateView):
    model = Order
    form_class = OrderForm


class SafeOrderCreateView(CreateView):
    model = Order
    form_class = SafeOrderForm

    @transaction.atomic
    def form_valid(self, form):
        return super().form_valid(form)


class ImportView(FormView):
    form_class = ImportForm

    def form_valid(self, form):
        form.save()
        return super().form_valid(form)


def pay(request):
    paid.send(sender=None)
    with transaction.atomic():
        shipped.send_robust(sender=None)
        Order(customer=request.user).save()
        Tour().save()
        Ticket().save()
    ticket = Ticket.objects.get(pk=request.POST["ticket"])
    ticket.save()
    Visit().save()


def message(request, pk):
    Invoice.objects.create()  # -> outside: view without atomic()


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    actions = ["invoice_them"]

    def invoice_them(self, request, queryset):
        self.invoice_one()

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        self.invoice_saved()

    def invoice_one(self):
        Invoice.objects.create()  # -> outside: action of the admin without atomic()

    def invoice_saved(self):
        Invoice.objects.create()  # -> inside: the admin saves in a transaction


class Dispatching(View):
    is_atomic = True

    def post(self, request):
        if self.is_atomic:
            with transaction.atomic():
                return self.save_either(request)
        else:
            return self.save_either(request)

    def put(self, request):
        if self.is_atomic:
            with transaction.atomic():
                return self.save_or(request)
        return self.save_or(request)

    def patch(self, request):
        if self.is_atomic:
            with transaction.atomic():
                self.save_and(request)
        self.save_and(request)

    def save_either(self, request):
        Invoice.objects.create()  # -> unknown: inside a transaction on a condition

    def save_or(self, request):
        Invoice.objects.create()  # -> unknown: inside a transaction on a condition

    def save_and(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


class CreateOrUpdate(UpdateView):
    """A base view that makes the row that it does not find."""

    def get_object(self, queryset=None):
        if "pk" not in self.kwargs:
            return self.model()
        return super().get_object(queryset)

    def form_valid(self, form):
        self.save_form(form)

    def save_form(self, form):
        self.object = form.save()  # -> outside: view without atomic()


class InvoiceView(CreateOrUpdate):
    model = Invoice
    form_class = InvoiceForm


class OnlyUpdate(UpdateView):
    model = Invoice
    form_class = InvoiceForm

    def form_valid(self, form):
        self.object = form.save()


class OrNone(UpdateView):  # -> outside: view without atomic()
    model = Invoice
    form_class = InvoiceForm

    def get_object(self, queryset=None):
        try:
            return super().get_object(queryset)
        except Invoice.DoesNotExist:
            return None


class CreditForm(forms.ModelForm):
    def save(self, commit=True):
        Invoice.objects.create()  # -> inside: the admin saves in a transaction
        return super().save(commit)


@admin.register(Credit)
class CreditAdmin(admin.ModelAdmin):
    form = CreditForm

    def changelist_view(self, request, extra_context=None):
        Invoice.objects.create()  # -> outside: view of the admin without atomic()
        return super().changelist_view(request, extra_context)


class ConfirmViewMixin:
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()
