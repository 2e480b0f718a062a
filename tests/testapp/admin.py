from django.contrib import admin

from tests.testapp.models import Invoice, Ledger


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    fields = ["note", "reference"]
    list_display = ["number", "note"]


@admin.register(Ledger)
class LedgerAdmin(admin.ModelAdmin):
    list_display = ["reference", "short"]
