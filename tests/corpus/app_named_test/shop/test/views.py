from shop.test.models import Invoice


def make(request):
    Invoice.objects.create()  # -> outside: view without atomic()
