from django.db import transaction
from shop.models import Invoice


@transaction.atomic
def issue_for(customer):
    return Invoice.objects.create(customer=customer)  # -> inside: @transaction.atomic


def by_request(request):
    return Invoice.objects.create(seller=request.user)  # -> unknown: by_request() leaves the transaction to its callers
