from django.contrib import admin

from tests.testapp.models import Invoice


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    fields = ["note", "reference"]
    list_display = ["number", "note"]
