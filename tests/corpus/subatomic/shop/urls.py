from django.urls import path
from django_subatomic.db import transaction
from shop import views

urlpatterns = [
    path("plain/", views.plain),
    path("wrapped/", transaction(views.wrapped)),
    path("listed/", views.Listed.as_view()),
]
