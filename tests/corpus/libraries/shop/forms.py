from django import forms
from rest_framework import serializers
from shop.models import Invoice, Receipt


class InvoiceForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["customer"]


class ReceiptForm(forms.ModelForm):
    class Meta:
        model = Receipt
        fields = ["invoice"]


class IssueSerializer(serializers.Serializer):
    customer = serializers.IntegerField()

    def create(self, validated_data):
        return Invoice.objects.create(**validated_data)  # -> outside: view without atomic()


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = ["customer"]
