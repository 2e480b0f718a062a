from django.utils.decorators import method_decorator
from django.views import View
from django_subatomic import db
from shop.models import Invoice


def plain(request):
    Invoice.objects.create()  # -> outside: view without atomic()


def wrapped(request):
    Invoice.objects.create()  # -> inside: transaction in the URLconf


@method_decorator(db.transaction, name="dispatch")
class Listed(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(db.transaction, name='dispatch')
