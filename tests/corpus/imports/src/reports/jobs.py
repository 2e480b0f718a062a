from __future__ import annotations

from typing import TYPE_CHECKING

import shop.models
import shop.models as m
import shop.models.billing
from shop import models
from shop.api import Bill, Receipt
from shop.models import Invoice as Numbered
from shop.models.billing import Invoice

from .. import shop as relative
from ..shop.models import Invoice as Relative

if TYPE_CHECKING:
    from shop.models import Invoice as Typed

try:
    from fastshop.models import Invoice as Either
except ImportError:
    from shop.models import Invoice as Either

Invoice.objects.create()  # -> outside: code of a module or script without atomic()
Numbered.objects.create()  # -> outside: code of a module or script without atomic()
shop.models.Invoice.objects.create()  # -> outside: code of a module or script without atomic()
shop.models.billing.Invoice.objects.create()  # -> outside: code of a module or script without atomic()
m.Invoice.objects.create()  # -> outside: code of a module or script without atomic()
models.Invoice.objects.create()  # -> outside: code of a module or script without atomic()
Bill.objects.create()  # -> outside: code of a module or script without atomic()
Receipt.objects.create()  # -> outside: code of a module or script without atomic()
Relative.objects.create()  # -> outside: code of a module or script without atomic()
relative.models.Invoice.objects.create()  # -> outside: code of a module or script without atomic()
Either.objects.create()  # -> outside: code of a module or script without atomic()
models.Customer.objects.create()


def local():
    from shop.models import Invoice as Local

    Local.objects.create()  # -> unknown: local() leaves the transaction to its callers


def typed(rows: list[Typed], model: type[Typed]):
    model.objects.create()  # -> unknown: typed() leaves the transaction to its callers


def shadowed(Invoice):
    Invoice.objects.create()


def of_another_package():
    from othershop.models import Invoice

    Invoice.objects.create()
