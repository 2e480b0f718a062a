from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView
from django.views.generic.edit import ModelFormMixin, ProcessFormView
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import api_view
from rest_framework.views import APIView
from shop.forms import (
    AtomicInvoiceForm,
    AtomicSerializer,
    CreatingSerializer,
    CustomerForm,
    CustomerFormSet,
    InvoiceForm,
    InvoiceFormSet,
    InvoiceSerializer,
    InvoicesOfCustomer,
    LongInvoiceForm,
    OrderingFormSet,
    SearchForm,
)
from shop.models import Customer, Invoice


@login_required
def by_form(request, pk):
    form = InvoiceForm(request.POST)
    if form.is_valid():
        form.save()  # -> outside: view (@login_required) without atomic()
    form = InvoiceForm(request.POST)
    invoice = form.save(commit=False)
    invoice.customer = Customer.objects.first()
    invoice.save()  # -> outside: view (@login_required) without atomic()
    form.save_m2m()
    invoice.save()
    form = InvoiceForm(request.POST, instance=Invoice.objects.get(pk=pk))
    form.save()
    form = InvoiceForm(request.POST, instance=get_object_or_404(Invoice, pk=pk))
    form.save()
    form = InvoiceForm(request.POST, instance=Invoice(customer=None))
    form.save()  # -> outside: view (@login_required) without atomic()
    form = LongInvoiceForm(request.POST)
    form.save()
    form = AtomicInvoiceForm(request.POST)
    form.save()  # -> inside: @transaction.atomic opens atomic()
    with transaction.atomic():
        InvoiceForm(request.POST).save()  # -> inside: transaction.atomic()
    form = InvoiceForm(request.POST)
    form.instance.customer_id = 1
    form.instance.save()  # -> outside: view (@login_required) without atomic()
    CustomerForm(request.POST).save()
    SearchForm(request.POST).save()


@login_required
def by_formset(request, pk):
    formset = InvoiceFormSet(request.POST)
    formset.save()  # -> outside: view (@login_required) without atomic()
    formset = InvoicesOfCustomer(request.POST, instance=Customer.objects.get(pk=pk))
    formset.save()  # -> outside: view (@login_required) without atomic()
    for invoice in formset.save(commit=False):
        invoice.save()
    for invoice in InvoiceFormSet(request.POST).save(commit=False):
        invoice.save()  # -> outside: view (@login_required) without atomic()
    for form in InvoiceFormSet(request.POST):
        form.save()  # -> outside: view (@login_required) without atomic()
    CustomerFormSet(request.POST).save()


@login_required
def edit_or_create(request, pk=None):
    invoice = get_object_or_404(Invoice, pk=pk) if pk else None
    form = InvoiceForm(request.POST, instance=invoice)
    form.save()  # -> outside: view (@login_required) without atomic()


@api_view(["POST"])
def by_serializer(request, pk):
    serializer = InvoiceSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    serializer.save()  # -> outside: view (@api_view) without atomic()
    serializer = InvoiceSerializer(Invoice.objects.get(pk=pk), data=request.data)
    serializer.save()
    serializer = InvoiceSerializer(instance=Invoice.objects.get(pk=pk), data=request.data)
    serializer.save()
    serializer = InvoiceSerializer(data=request.data, many=True)
    serializer.save()  # -> outside: view (@api_view) without atomic()
    serializer = AtomicSerializer(data=request.data)
    serializer.save()  # -> inside: AtomicSerializer.create() opens atomic()
    serializer = CreatingSerializer(data=request.data)
    serializer.save()


class Create(CreateView):  # -> outside: view without atomic()
    model = Invoice
    fields = "__all__"


class CreateByForm(CreateView):  # -> outside: view without atomic()
    form_class = InvoiceForm


class CreateByQuerySet(CreateView):  # -> outside: view without atomic()
    queryset = Invoice.objects.all()


class CreateByAtomicForm(CreateView):  # -> inside: @transaction.atomic opens atomic()
    form_class = AtomicInvoiceForm


@method_decorator(transaction.atomic, name="dispatch")
class CreateInside(CreateView):  # -> inside: @method_decorator(transaction.atomic, name='dispatch')
    model = Invoice


@method_decorator(transaction.atomic, name="post")
class CreateInsidePost(CreateView):  # -> inside: @method_decorator(transaction.atomic, name='post')
    model = Invoice


class CreateOther(CreateView):
    model = Customer


class List(ListView):
    model = Invoice


class Detail(DetailView):
    model = Invoice


class Update(UpdateView):
    model = Invoice

    def form_valid(self, form):
        form.save()
        return super().form_valid(form)


class Mixin:
    def form_valid(self, form):
        form.instance.customer_id = 1
        return super().form_valid(form)


class Mixed(Mixin, CreateView):  # -> outside: view without atomic()
    model = Invoice


class Overriding(CreateView):
    model = Invoice

    def form_valid(self, form):
        self.object = form.save()  # -> outside: view without atomic()
        return super().form_invalid(form)


class HandingOn(CreateView):
    model = Invoice

    def form_valid(self, form):
        form.instance.customer_id = 1
        return super().form_valid(form)  # -> outside: view without atomic()


class HandingOnInside(CreateView):
    model = Invoice

    @transaction.atomic
    def form_valid(self, form):
        return super().form_valid(form)  # -> inside: @transaction.atomic


class NeverSaving(CreateView):
    model = Invoice

    def form_valid(self, form):
        return self.render_to_response({})


class ByFormView(FormView):
    form_class = InvoiceForm

    def form_valid(self, form):
        form.save()  # -> outside: view without atomic()
        return super().form_valid(form)


class OtherFormView(FormView):
    form_class = InvoiceForm

    def form_valid(self, form):
        return super().form_valid(form)


class RestList(generics.ListCreateAPIView):  # -> outside: view without atomic()
    queryset = Invoice.objects.all()
    serializer_class = InvoiceSerializer


class RestReadOnly(generics.ListAPIView):
    queryset = Invoice.objects.all()
    serializer_class = InvoiceSerializer


class RestSet(viewsets.ModelViewSet):  # -> outside: view without atomic()
    serializer_class = InvoiceSerializer


class RestReadOnlySet(viewsets.ReadOnlyModelViewSet):
    serializer_class = InvoiceSerializer


class RestMixed(mixins.CreateModelMixin, viewsets.GenericViewSet):  # -> outside: view without atomic()
    def get_serializer_class(self):
        return InvoiceSerializer


class RestInside(viewsets.ModelViewSet):
    serializer_class = InvoiceSerializer

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)  # -> inside: @transaction.atomic


class RestPerform(viewsets.ModelViewSet):
    serializer_class = InvoiceSerializer

    def perform_create(self, serializer):
        serializer.save(customer=self.request.user)  # -> outside: view without atomic()

    def perform_update(self, serializer):
        serializer.save()


class RestPerformInside(viewsets.ModelViewSet):
    serializer_class = InvoiceSerializer

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer):
        serializer.save()  # -> inside: @transaction.atomic opens atomic()


class RestByHand(APIView):
    def post(self, request):
        serializer = InvoiceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()  # -> outside: view without atomic()

    def put(self, request, pk):
        serializer = InvoiceSerializer(Invoice.objects.get(pk=pk), data=request.data)
        serializer.save()


class RestGeneric(mixins.CreateModelMixin, generics.GenericAPIView):
    serializer_class = InvoiceSerializer

    def post(self, request, *args, **kwargs):
        return self.create(request, *args, **kwargs)  # -> outside: view without atomic()


class RestGet(viewsets.GenericViewSet):
    serializer_class = InvoiceSerializer

    def create(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.save()  # -> outside: view without atomic()

    def update(self, request, pk=None):
        serializer = self.get_serializer(self.get_object(), data=request.data)
        serializer.save()


def find_one(pk):
    try:
        return Invoice.objects.get(pk=pk)
    except Invoice.DoesNotExist:
        return None


def edit_if_found(request, pk):
    invoice = find_one(pk)
    if not invoice:
        return None
    form = InvoiceForm(request.POST, instance=invoice)
    form.save()


def edit_or_create(request, pk):
    invoice = find_one(pk)
    form = InvoiceForm(request.POST, instance=invoice)
    form.save()  # -> outside: view without atomic()


def reorder(request):
    formset = OrderingFormSet(request.POST)
    formset.save()


class EditByKwargs(UpdateView):
    model = Invoice

    def post(self, request, pk):
        form = InvoiceForm(**self.get_form_kwargs())
        form.save()


class CreateOrEdit(ModelFormMixin, ProcessFormView):  # -> outside: view without atomic()
    form_class = InvoiceForm
