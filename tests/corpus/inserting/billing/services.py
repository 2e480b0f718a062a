from billing.models import Invoice

Invoice.objects.create()
Invoice().save()
