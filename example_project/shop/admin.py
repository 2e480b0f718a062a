from django.contrib import admin

from gapless_fields import assign_numbers_to_selected
from shop.models import Company, CreditNote, Invoice, Line, Receipt

admin.site.register(Company)


class LineInline(admin.TabularInline):
    model = Line


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    list_display = ["reference", "company", "issued_on", "total"]
    list_select_related = ["company"]
    readonly_fields = ["number"]
    inlines = [LineInline]
    actions = [assign_numbers_to_selected]


@admin.register(CreditNote)
class CreditNoteAdmin(admin.ModelAdmin):
    list_display = ["reference", "invoice", "issued_on", "total"]
    list_select_related = ["company", "invoice__company"]
    readonly_fields = ["number"]


@admin.register(Receipt)
class ReceiptAdmin(admin.ModelAdmin):
    list_display = ["reference", "invoice", "amount"]
    readonly_fields = ["number"]
