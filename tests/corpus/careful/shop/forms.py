from django import forms
from shop.models import Customer, Invoice
from shop.services import issue_for


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = "__all__"


class HandingOver(forms.ModelForm):
    """Its rows are inserted by a service, and reported there."""

    class Meta:
        model = Invoice
        fields = "__all__"

    def save(self, commit=True):
        return issue_for(self.cleaned_data["customer"])


class UploadForm(forms.ModelForm):
    class Meta:
        model = Customer
        fields = "__all__"
