from django import forms

from shop.models import Invoice, Order


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["total"]


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["customer"]

    def save(self, commit=True):
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().save(commit)


class SafeOrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["customer"]

    def clean(self):
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().clean()

    def save(self, commit=True):
        Invoice.objects.create()  # -> inside: @transaction.atomic
        return super().save(commit)


class ImportForm(forms.Form):
    lines = forms.CharField()

    def save(self):
        Invoice.objects.create()  # -> outside: view without atomic()


class UnusedForm(forms.Form):
    def save(self):
        Invoice.objects.create()  # -> unknown: save() leaves the transaction to its callers
