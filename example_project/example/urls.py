from django.contrib import admin
from django.urls import path

from shop import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("<slug:code>/issue/", views.issue_invoice),
    path("<slug:code>/pay/", views.pay),
]
