# numbered: shop.models.Invoice
from .billing import Invoice
from .crm import *

__all__ = ["Customer", "Invoice"]
