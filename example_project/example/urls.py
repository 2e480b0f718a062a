from django.contrib import admin
from django.urls import path

from comparison.views import strips_page
from shop import pages, views

urlpatterns = [
    path("", strips_page, name="strips"),
    path("admin/", admin.site.urls),
    path("companies/", pages.companies, name="companies"),
    path("companies/<slug:code>/", pages.company, name="company"),
    path("invoices/<int:pk>/", pages.invoice, name="invoice"),
    path("<slug:code>/issue/", views.issue_invoice),
    path("<slug:code>/pay/", views.pay),
]
