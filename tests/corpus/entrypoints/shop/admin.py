from django.contrib import admin
from shop.models import Invoice


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    actions = ["copy"]

    def save_model(self, request, obj, form, change):
        obj.save()  # -> inside: the admin saves in a transaction
        Invoice.objects.create()  # -> inside: the admin saves in a transaction

    def save_related(self, request, form, formsets, change):
        Invoice.objects.create()  # -> inside: the admin saves in a transaction
        super().save_related(request, form, formsets, change)

    def copy(self, request, rows):
        Invoice.objects.create()  # -> outside: action of the admin without atomic()

    @admin.action(description="Issue")
    def issue(self, request, queryset):
        Invoice.objects.create()  # -> outside: action of the admin or of a view set without atomic()

    def helper(self):
        Invoice.objects.create()  # -> unknown: helper() leaves the transaction to its callers


class Calling(admin.ModelAdmin):
    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)  # -> inside: the admin saves in a transaction


admin.site.register(Invoice, Calling)


def cancel(modeladmin, request, queryset):
    Invoice.objects.create()  # -> outside: action of the admin without atomic()
