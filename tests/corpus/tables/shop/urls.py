from django.urls import path

from shop import views

urlpatterns = [
    path("1", views.by_key),
    path("2", views.carefully),
    path("3", views.by_transition),
    path("4", views.in_a_loop),
    path("5", views.by_class),
    path("6", views.by_steps),
    path("7", views.by_parts),
]
