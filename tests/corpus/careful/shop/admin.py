from django.contrib import admin
from django.urls import path
from shop.models import Invoice


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    def get_urls(self):
        return [path("issue/", self.admin_site.admin_view(self.issue)), *super().get_urls()]

    def issue(self, request):
        Invoice.objects.create()  # -> outside: view of the admin's own without atomic()

    def helper(self, request):
        Invoice.objects.create()  # -> unknown: helper() leaves the transaction to its callers
