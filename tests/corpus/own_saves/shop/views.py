from django.db import transaction
from shop.models import Bare, Cautious, Decorated, Either, Made, Managed, Whole


def make(request):
    bare = Bare()
    bare.save()  # -> outside
    bare.lines.create()
    Bare.objects.create()  # -> outside
    Decorated.objects.create()  # -> outside
    Cautious().save()  # -> outside
    Whole.objects.create()  # -> inside
    Made.objects.create()  # -> outside
    Managed.objects.create()  # -> inside
    Either().save()  # -> outside
    Bare().issue(request.lines)


@transaction.atomic
def make_safely(request):
    bare = Bare()
    bare.save()  # -> inside
    bare.lines.create()
    Made.objects.create()  # -> inside


def helper():
    Bare().save()  # -> unknown
