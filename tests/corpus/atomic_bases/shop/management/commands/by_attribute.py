from shop.bases import ShopCommand
from shop.models import Invoice


class Command(ShopCommand):
    ATOMIC_HANDLE = True

    def handle(self, **options):
        Invoice.objects.create()  # -> unknown
