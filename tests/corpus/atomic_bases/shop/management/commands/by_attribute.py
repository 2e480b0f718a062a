from shop.bases import ShopCommand
from shop.models import Invoice


class Command(ShopCommand):
    ATOMIC_HANDLE = True

    def handle(self, **options):
        Invoice.objects.create()  # -> unknown: ByAttributeMixin.execute() opens atomic(), but not on every path
