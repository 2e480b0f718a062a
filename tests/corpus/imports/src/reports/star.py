from shop.models import *

Invoice.objects.create()  # -> outside
