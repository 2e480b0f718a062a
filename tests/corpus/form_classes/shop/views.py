from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.module_loading import import_string
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, FormView
from graphene import Mutation
import reversion
from hub.viewsets import NamedModelViewSet
from rest_framework import mixins, viewsets
from reversion.views import RevisionMixin
from shop import settings
from shop.forms import (
    AtomicFormSet,
    BillForm,
    CloseForm,
    EagerForm,
    ForCustomerForm,
    InvoiceForm,
    LineFormSet,
    ListSerializer,
    NamedForm,
    OfCustomerForm,
    OpenForm,
    OrderSerializer,
    PlainForm,
)
from shop.models import Bill, Case, Customer, Invoice


@require_POST
def by_keywords(request, pk):
    kwargs = {"data": request.POST}
    PlainForm(**kwargs).save()  # -> outside: view (@require_POST) without atomic()
    kwargs = {"data": request.POST, "instance": Invoice.objects.get(pk=pk)}
    PlainForm(**kwargs).save()
    values = dict(data=request.POST)
    values["instance"] = get_object_or_404(Invoice, pk=pk)
    PlainForm(**values).save()


@require_POST
def edit(request, pk):
    return edited(request, get_object_or_404(Invoice, pk=pk))


def edited(request, invoice: Invoice):
    form = PlainForm(request.POST, instance=invoice)
    form.save()


def checked_form(request, form_class=NamedForm):
    return Customer.objects.first(), form_class(request.POST)


@require_POST
def by_class(request):
    customer, form = checked_form(request, form_class=PlainForm)
    form.save()  # -> outside: view (@require_POST) without atomic()
    customer, form = checked_form(request)
    form.save()


@require_POST
def eager(request):
    invoice = EagerForm(request.POST).save(commit=False)
    invoice.save()


@require_POST
def locked(request):
    lines = LineFormSet(request.POST)
    with lines.lock():
        lines.save()


class ViaHeirs(CreateView):
    form_class = InvoiceForm


class Made(CreateView):  # -> outside: view without atomic()
    def get_form(self, form_class=None):
        return PlainForm(**self.get_form_kwargs())


class MadeOfOthers(CreateView):
    def get_form(self, form_class=None):
        return NamedForm(**self.get_form_kwargs())


class Filled(FormView):
    form_class = PlainForm

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        kwargs["instance"] = Invoice(customer=self.request.user)
        return kwargs

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()


class Known(FormView):
    form_class = PlainForm

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        kwargs["instance"] = self.get_invoice()
        return kwargs

    def get_invoice(self):
        return get_object_or_404(Invoice, pk=self.kwargs["pk"])

    def form_valid(self, form):
        form.save()


class SavingView(FormView):
    """Its heirs name the form; one of them saves it by itself."""

    def form_valid(self, form):
        self.save_form(form)

    def save_form(self, form):
        self.object = form.save()  # -> outside: view without atomic()


class OfBills(SavingView):
    form_class = BillForm


class OfCustomers(SavingView):
    form_class = NamedForm


class ByItself(SavingView):
    form_class = PlainForm

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()


class Several(viewsets.ModelViewSet):
    """Which of the serializers creates is known: the one with a create() of its own."""

    queryset = Invoice.objects.all()

    def get_serializer_class(self):
        return {"list": ListSerializer, "create": OrderSerializer}[self.action]


class OnlyMixins(mixins.CreateModelMixin):  # -> outside: view without atomic()
    queryset = Invoice.objects.all()
    serializer_class = ListSerializer


class Copy(FormView):
    def get_form_class(self):
        return import_string(settings.COPY_FORM)

    def form_valid(self, form):
        form.save()


class ModelMutation(Mutation):
    @classmethod
    def get_row(cls, key):
        return cls._meta.model.objects.get(pk=key) if key else cls._meta.model()

    @classmethod
    def perform_mutation(cls, root, info, key=None):
        row = cls.get_row(key)
        cls.save(info, row)

    @classmethod
    def save(cls, info, row):
        row.save()  # -> outside: view without atomic()


class CreateBill(ModelMutation):
    class Meta:
        model = Bill


class CreateCustomer(ModelMutation):
    class Meta:
        model = Customer


@require_POST
def close(request, pk):
    CloseForm(request.POST, instance=Invoice.objects.get(pk=pk)).save()


@require_POST
def open_one(request):
    OpenForm(request.POST).save()


class OnlyListed(viewsets.ModelViewSet):  # -> unknown: no URL leads to its create()
    queryset = Invoice.objects.all()
    serializer_class = ListSerializer


class Listed(viewsets.ModelViewSet):  # -> outside: view without atomic()
    queryset = Invoice.objects.all()
    serializer_class = ListSerializer


class Actions(FormView):
    """Calls its actions by name, some of them in a transaction."""

    def post(self, request):
        action = getattr(self, "action_%s" % request.POST["action"])
        with transaction.atomic():
            return action(request)


class InvoiceActions(Actions):
    def action_issue(self, request):
        Invoice.objects.create()  # -> unknown: action_issue() leaves the transaction to its callers


@require_POST
def of_customer(request, customer):
    OfCustomerForm(customer, request.POST).save()
    ForCustomerForm(customer, request.POST).save()  # -> outside: view (@require_POST) without atomic()
    AtomicFormSet(request.POST).save()  # -> inside: @transaction.atomic opens atomic()
    Case.objects.create()  # -> inside: the model's save() opens atomic()
    Case.objects.bulk_create([Case()])  # -> outside: view (@require_POST) without atomic()
    with reversion.create_revision():
        Invoice.objects.create()  # -> inside: create_revision()
    with reversion.create_revision(atomic=False):
        Invoice.objects.create()  # -> outside: view (@require_POST) without atomic()


class Revised(RevisionMixin, CreateView):  # -> inside: a base of Revised opens atomic()
    form_class = PlainForm


class SavedBefore(CreateView):
    form_class = PlainForm

    def form_valid(self, form):
        invoice = form.save(commit=False)
        invoice.save()  # -> outside: view without atomic()
        return super().form_valid(form)


class Registered(viewsets.ModelViewSet):
    """Which serializer it is, a registry says."""

    queryset = Invoice.objects.all()

    def get_serializer_class(self):
        if self.action in REGISTRY:
            return REGISTRY[self.action]
        return super().get_serializer_class()


REGISTRY = {}


class Hub(NamedModelViewSet, mixins.ListModelMixin):
    queryset = Invoice.objects.all()
    serializer_class = ListSerializer


class WholeHub(NamedModelViewSet):  # -> outside: view without atomic()
    queryset = Invoice.objects.all()
    serializer_class = ListSerializer


class LoggingView(FormView):
    """What is around it depends on the heir, and so does what it saves."""

    def form_valid(self, form):
        self.save_form(form)

    def save_form(self, form):
        form.save()  # -> inside: @transaction.atomic

    def get_object(self):
        return self.form_class.Meta.model()


class SafeLoggingView(LoggingView):
    @transaction.atomic
    def form_valid(self, form):
        return super().form_valid(form)


class LoggedInvoice(SafeLoggingView):
    form_class = PlainForm

    def form_valid(self, form):
        return super().form_valid(form)


class LoggedCustomer(LoggingView):
    form_class = NamedForm

    def form_valid(self, form):
        self.get_object().save()
        return super().form_valid(form)
