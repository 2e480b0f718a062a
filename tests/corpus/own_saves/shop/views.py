from django.db import transaction
from shop.models import Bare, Cautious, Computed, Decorated, Either, Logged, Made, Managed, Whole


def make(request):
    bare = Bare()
    bare.save()  # -> outside: view without atomic(); Bare.save() opens atomic(), which ends before the lines after it
    bare.lines.create()
    Bare.objects.create()  # -> outside: view without atomic(); Bare.save() opens atomic(), which ends before the lines after it
    Decorated.objects.create()  # -> outside: view without atomic(); Decorated.save() opens atomic(), which ends before the lines after it
    Cautious().save()  # -> outside: view without atomic(); Locked.save() opens atomic(), which ends before the lines after it
    Whole.objects.create()  # -> inside: Whole.save() opens atomic()
    Made.objects.create()  # -> outside: view without atomic(); MadeManager.create() opens atomic(), which ends before the lines after it
    Managed.objects.create()  # -> inside: @transaction.atomic opens atomic()
    Either().save()  # -> outside: view without atomic(); Either.save() opens atomic(), which ends before the lines after it
    Bare().issue(request.lines)
    Computed().save()  # -> outside: view without atomic(); Computed.save() opens atomic(), which ends before the lines after it
    Logged().save()  # -> inside: Logged.save() opens atomic()


@transaction.atomic
def make_safely(request):
    bare = Bare()
    bare.save()  # -> inside: @transaction.atomic
    bare.lines.create()
    Made.objects.create()  # -> inside: @transaction.atomic


def helper():
    Bare().save()  # -> unknown: helper() leaves the transaction to its callers
