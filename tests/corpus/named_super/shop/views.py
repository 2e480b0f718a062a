from shop.models import Careful, Invoice, Receipt


def unchecked(request):
    invoice = Invoice()
    super(Invoice, invoice).save()  # -> outside: view without atomic()


def checked(request):
    invoice = Invoice()
    invoice.save()  # -> outside: view without atomic()


def saved(request):
    invoice = Invoice.objects.get()
    super(Invoice, invoice).save()


def careful(request):
    receipt = Receipt()
    super(Receipt, receipt).save()  # -> inside: Careful.save() opens atomic()


def careless(request):
    receipt = Receipt()
    super(Careful, receipt).save()  # -> outside: view without atomic()
