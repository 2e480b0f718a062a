from shop.models import Invoice


def run(*args):
    Invoice.objects.create()  # -> outside: script without atomic()
