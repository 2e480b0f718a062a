from shop.models import Invoice

Invoice.objects.create()
