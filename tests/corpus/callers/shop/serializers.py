from rest_framework import serializers

from shop.models import Invoice, Order


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["paid"]

    def create(self, validated_data):
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().create(validated_data)


class SafeOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["paid"]

    def create(self, validated_data):
        Invoice.objects.create()  # -> inside: transaction.atomic()
        return super().create(validated_data)


class ListedOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["paid"]

    def create(self, validated_data):
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().create(validated_data)


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = ["total"]
