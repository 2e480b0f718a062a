from django.contrib import admin

from shop.models import Invoice, Line


class LineInline(admin.TabularInline):
    model = Line


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    list_display = ["number", "order", "total"]
    readonly_fields = ["number"]
    inlines = [LineInline]
