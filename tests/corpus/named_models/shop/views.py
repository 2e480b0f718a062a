from django.db import transaction
from shop.models import Fund


def make(request, pk):
    fund = Fund.objects.get(pk=pk)
    fund.process()
    with transaction.atomic():
        fund.acknowledge()
    fund.order()
