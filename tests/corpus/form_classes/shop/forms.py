from contextlib import contextmanager

from django import forms
from django.db import transaction
from rest_framework import serializers
from shop.models import Bill, Customer, Invoice


class NumberedForm(forms.ModelForm):
    """Its heirs say whose rows it saves."""

    def save(self, commit=True):
        row = super().save(commit=False)
        row.checked = True
        if commit:
            row.save()  # -> outside: view without atomic()
        return row


class InvoiceForm(NumberedForm):
    class Meta:
        model = Invoice
        fields = "__all__"


class PlainForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = "__all__"


class BillForm(forms.ModelForm):
    class Meta:
        model = Bill
        fields = "__all__"


class EagerForm(forms.ModelForm):
    """Saves its row whatever ``commit`` is."""

    class Meta:
        model = Invoice
        fields = "__all__"

    def save(self, *args, **kwargs):
        row = super().save(*args, **kwargs)
        row.save()
        return row


class LockedFormSet(forms.BaseFormSet):
    @contextmanager
    def lock(self):
        with transaction.atomic():
            yield

    def save(self):
        for form in self.forms:
            Invoice.objects.create(**form.cleaned_data)  # -> inside: lock


LineFormSet = forms.formset_factory(forms.Form, formset=LockedFormSet)


class ListSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice


class OrderSerializer(serializers.Serializer):
    def create(self, validated_data):
        return Invoice.objects.create(**validated_data)  # -> outside: view without atomic()


class CopyForm(forms.Form):
    def __init__(self, customer, *args, **kwargs):
        self.customer = customer
        super().__init__(*args, **kwargs)

    def save(self):
        Invoice.objects.create(customer=self.customer)  # -> outside: view without atomic()


class NamedForm(forms.ModelForm):
    class Meta:
        model = Customer
        fields = "__all__"


class CloseForm(forms.ModelForm):
    """Is only ever made for a row that there is."""

    class Meta:
        model = Invoice
        fields = ["customer"]

    def save(self, commit=True):
        self.instance.close()
        return self.instance


class OpenForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["customer"]

    def save(self, commit=True):
        self.instance.open()
        return self.instance


class OfCustomerForm(forms.ModelForm):
    """Finds its row by itself."""

    class Meta:
        model = Invoice
        fields = ["customer"]

    def __init__(self, customer, *args, **kwargs):
        kwargs["instance"] = customer.invoice
        super().__init__(*args, **kwargs)


class ForCustomerForm(forms.ModelForm):
    """Makes its row by itself."""

    class Meta:
        model = Invoice
        fields = ["customer"]

    def __init__(self, customer, *args, **kwargs):
        kwargs["instance"] = Invoice(customer=customer)
        super().__init__(*args, **kwargs)


class AtomicForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["customer"]

    @transaction.atomic
    def save(self, commit=True):
        return super().save(commit)


AtomicFormSet = forms.inlineformset_factory(Customer, Invoice, form=AtomicForm)
