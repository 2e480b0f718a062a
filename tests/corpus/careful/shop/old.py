from shop.models import Invoice


def by_name(request):
    Invoice.objects.create()  # -> outside


def not_routed(request):
    Invoice.objects.create()  # -> unknown
