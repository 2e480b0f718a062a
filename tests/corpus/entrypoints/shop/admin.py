from django.contrib import admin
from shop.models import Invoice


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    actions = ["copy"]

    def save_model(self, request, obj, form, change):
        obj.save()  # -> inside
        Invoice.objects.create()  # -> inside

    def save_related(self, request, form, formsets, change):
        Invoice.objects.create()  # -> inside
        super().save_related(request, form, formsets, change)

    def copy(self, request, rows):
        Invoice.objects.create()  # -> outside

    @admin.action(description="Issue")
    def issue(self, request, queryset):
        Invoice.objects.create()  # -> outside

    def helper(self):
        Invoice.objects.create()  # -> unknown


class Calling(admin.ModelAdmin):
    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)  # -> inside


admin.site.register(Invoice, Calling)


def cancel(modeladmin, request, queryset):
    Invoice.objects.create()  # -> outside
