from datetime import date

from django.contrib import admin
from rest_framework import serializers
from shop.models import Invoice


def issue(modeladmin, request, queryset):
    for invoice in queryset:
        invoice.issued_on = date.today()
        invoice.save()  # -> outside: action of the admin without atomic(); the UPDATE issues a draft (issued_on)


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    actions = [issue, "issue_rows"]

    def issue_rows(self, request, queryset):
        for invoice in queryset.filter(issued_on=None):
            invoice.issued_on = date.today()
            invoice.save()  # -> outside: action of the admin without atomic(); the UPDATE issues a draft (issued_on)


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = []

    def update(self, instance, validated_data):
        instance.issued_on = date.today()
        instance.save()  # -> unknown: update() leaves the transaction to its callers; the UPDATE issues a draft (issued_on)
        return instance
