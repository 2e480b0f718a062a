from django.db import transaction
from rest_framework.generics import CreateAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Invoice, Order
from shop.serializers import (
    InvoiceSerializer,
    ListedOrderSerializer,
    OrderSerializer,
    SafeOrderSerializer,
)


class Orders(APIView):
    def post(self, request):
        serializer = OrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)


class SafeOrders(APIView):
    def post(self, request):
        serializer = SafeOrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            serializer.save()
        return Response(serializer.data)


class OrderList(CreateAPIView):
    queryset = Order.objects.all()
    serializer_class = ListedOrderSerializer


class Invoices(CreateAPIView):
    queryset = Invoice.objects.all()
    serializer_class = InvoiceSerializer

    def perform_create(self, ser):
        ser.save()  # -> outside: view without atomic()
