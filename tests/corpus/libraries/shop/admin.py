from django.contrib import admin
from shop.models import Customer, Invoice


def plain(cls):
    return cls


@plain
class InvoiceInline(admin.TabularInline):
    model = Invoice


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    inlines = [InvoiceInline]

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)  # -> inside: the admin saves in a transaction
