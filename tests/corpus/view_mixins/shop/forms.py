from django import forms
from rest_framework import serializers
from shop.mixins import CleanMixin, CreateMixin, SaveMixin
from shop.models import Invoice


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]


class NoteForm(CleanMixin, forms.Form):
    note = forms.CharField()


class SavingForm(SaveMixin, forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = ["note"]


class OtherSerializer(CreateMixin, serializers.Serializer):
    note = serializers.CharField()
