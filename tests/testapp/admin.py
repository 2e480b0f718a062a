from django.contrib import admin

from gapless_fields.admin import NumberedAdminMixin
from tests.auditapp.models import Safe, Vault
from tests.testapp.models import Customer, Invoice, Job, Ledger, Slip


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


class DeletedWithReason(NumberedAdminMixin, admin.ModelAdmin):
    pass


admin.site.register([Customer, Job, Safe, Vault], DeletedWithReason)
