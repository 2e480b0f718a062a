from shop.models import Invoice


def split(request, invoice):
    """Called by a view, and is none."""
    return Invoice.objects.create(customer=invoice.customer)  # -> outside: view (@login_required) without atomic()


def merge(request):
    """In no URLconf, but nobody calls it either."""
    return Invoice.objects.create()  # -> outside: view without atomic()
