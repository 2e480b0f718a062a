from django import forms
from django.forms import modelform_factory

from shop.models import Invoice


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["name"]


class ShortForm(InvoiceForm):
    pass


class SearchForm(forms.Form):
    text = forms.CharField()

    def save(self):
        return self.cleaned_data["text"]


BillForm = modelform_factory(Invoice, fields=["name"])
LongForm = type("LongForm", (InvoiceForm,), {"note": forms.CharField()})
ByMeta = type(
    "ByMeta",
    (forms.ModelForm,),
    {"Meta": type("Meta", (), {"model": Invoice, "fields": ["name"]})},
)


def made_from(base):
    return type("Made", (base,), {})
