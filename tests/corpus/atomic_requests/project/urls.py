from django.db.transaction import non_atomic_requests
from django.urls import path
from shop import views

urlpatterns = [
    path("routed/", views.routed),
    path("non-atomic/", views.non_atomic),
    path("in-urls/", non_atomic_requests(views.non_atomic_in_urls)),
]
