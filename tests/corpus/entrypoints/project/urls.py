from django.db import transaction
from django.urls import path
from shop import views
from shop.views import RoutedWithAtomic, routed

urlpatterns = [
    path("routed/", routed),
    path("atomic/", transaction.atomic(views.routed_with_atomic)),
    path("twice/", transaction.atomic(views.routed_twice)),
    path("again/", views.routed_twice),
    path("class/", transaction.atomic(RoutedWithAtomic.as_view())),
    path("by-hand/", views.ByHand.as_view()),
    path("non-atomic/", views.non_atomic),
]
