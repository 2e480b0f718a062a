from django.contrib import admin

from gapless_fields.admin import NumberedAdminMixin
from tests.testapp.models import Invoice, Ledger, Slip


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    fields = ["note", "reference"]
    list_display = ["number", "note"]


@admin.register(Ledger)
class LedgerAdmin(admin.ModelAdmin):
    list_display = ["reference", "short"]


@admin.register(Slip)
class SlipAdmin(NumberedAdminMixin, admin.ModelAdmin):
    list_display = ["number", "note"]
