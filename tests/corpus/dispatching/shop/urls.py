from django.urls import path
from django.views.generic import CreateView
from shop import views
from shop.models import Invoice

urlpatterns = [
    path("new/", CreateView.as_view(model=Invoice, fields=[])),  # -> outside: view without atomic()
    path("elsewhere/", views.elsewhere),
]
