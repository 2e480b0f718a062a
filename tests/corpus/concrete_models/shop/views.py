from django.db import transaction
from django.views.decorators.http import require_POST
from shop.models import AbstractBill, AbstractNote, AbstractOrder


@require_POST
def bill(request, pk):
    AbstractBill.open()
    AbstractBill.get_concrete_model().objects.get(pk=pk).copy()
    AbstractNote.get_concrete_model().objects.create()


@require_POST
@transaction.atomic
def order(request):
    AbstractOrder.get_concrete_model().objects.create()  # -> inside: @transaction.atomic
