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

Invoice.objects.create()  # -> outside
Numbered.objects.create()  # -> outside
shop.models.Invoice.objects.create()  # -> outside
shop.models.billing.Invoice.objects.create()  # -> outside
m.Invoice.objects.create()  # -> outside
models.Invoice.objects.create()  # -> outside
Bill.objects.create()  # -> outside
Receipt.objects.create()  # -> outside
Relative.objects.create()  # -> outside
relative.models.Invoice.objects.create()  # -> outside
Either.objects.create()  # -> outside
models.Customer.objects.create()


def local():
    from shop.models import Invoice as Local

    Local.objects.create()  # -> unknown


def typed(rows: list[Typed], model: type[Typed]):
    model.objects.create()  # -> unknown


def shadowed(Invoice):
    Invoice.objects.create()


def of_another_package():
    from othershop.models import Invoice

    Invoice.objects.create()
