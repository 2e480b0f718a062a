from reports.star import *

Invoice.objects.create()  # -> outside
