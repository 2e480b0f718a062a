from atomicity import AtomicDispatchMixin
from django.views import View
from rest_framework.views import APIView
from shop.models import Invoice


class Make(AtomicDispatchMixin, View):
    def post(self, request):
        Invoice.objects.create()  # -> unknown: AtomicDispatchMixin, of another package, but not on every path


class WebhookMixin:
    def post(self, request):
        return self.handle_webhook()

    def handle_webhook(self):
        raise NotImplementedError


class Webhook(WebhookMixin, APIView):
    def handle_webhook(self):
        Invoice.objects.create()  # -> outside: view without atomic()


class NotServed(WebhookMixin):
    def handle_webhook(self):
        Invoice.objects.create()  # -> unknown: post() leaves the transaction to its callers
