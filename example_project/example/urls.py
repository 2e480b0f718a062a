from django.contrib import admin
from django.urls import path
from shop import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("issue/", views.issue),
    path("issue-two/", views.issue_two),
    path("issue-wrong/", views.issue_wrong),  # wrong on purpose
]
