from django.urls import path
from shop import views

urlpatterns = [path("routed/", views.Routed.as_view())]
