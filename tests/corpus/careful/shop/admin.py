from django.contrib import admin
from django.urls import path
from shop.models import Invoice


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    def get_urls(self):
        return [path("issue/", self.admin_site.admin_view(self.issue)), *super().get_urls()]

    def issue(self, request):
        Invoice.objects.create()  # -> outside

    def helper(self, request):
        Invoice.objects.create()  # -> unknown
