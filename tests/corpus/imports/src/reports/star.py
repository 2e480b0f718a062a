from shop.models import *

Invoice.objects.create()  # -> outside: code of a module or script without atomic()
