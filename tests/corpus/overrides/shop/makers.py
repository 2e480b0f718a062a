from shop.models import Invoice


class Makes:
    def handle(self, *args, **options):
        Invoice.objects.bulk_create([])  # -> inside: LockedHandle.handle()
