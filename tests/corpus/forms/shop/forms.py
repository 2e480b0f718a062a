from django import forms
from django.db import transaction
from rest_framework import serializers
from shop.models import Customer, Invoice


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = "__all__"


class LongInvoiceForm(InvoiceForm):
    class Meta(InvoiceForm.Meta):
        fields = ["customer"]

    def save(self, commit=True):
        invoice = super().save(commit=False)
        if commit:
            invoice.save()  # -> outside: view (@login_required) without atomic()
        return invoice


class AtomicInvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = "__all__"

    @transaction.atomic
    def save(self, commit=True):
        return super().save(commit)


class CustomerForm(forms.ModelForm):
    class Meta:
        model = Customer
        fields = "__all__"

    def save(self, commit=True):
        customer = super().save(commit)
        Invoice.objects.create(customer=customer)  # -> outside: view (@login_required) without atomic()
        return customer


class SearchForm(forms.Form):
    class Meta:
        model = Invoice


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = "__all__"


class CreatingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = "__all__"

    def create(self, validated_data):
        return Invoice.objects.create(**validated_data)  # -> outside: view (@api_view) without atomic()


class AtomicSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = "__all__"

    def create(self, validated_data):
        with transaction.atomic():
            return super().create(validated_data)


InvoiceFormSet = forms.modelformset_factory(Invoice, fields="__all__")
InvoicesOfCustomer = forms.inlineformset_factory(Customer, Invoice, fields="__all__")
CustomerFormSet = forms.modelformset_factory(Customer, fields="__all__")

OrderingFormSet = forms.modelformset_factory(Invoice, fields=["customer"], extra=0)
