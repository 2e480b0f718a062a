from .models import Invoice as Bill
from .models.billing import Invoice as _Invoice

Receipt = _Invoice
