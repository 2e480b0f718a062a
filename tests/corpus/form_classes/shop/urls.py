from django.urls import path
from shop.views import Listed, OnlyListed

urlpatterns = [
    path("only-listed/", OnlyListed.as_view({"get": "list"})),
    path("listed/", Listed.as_view({"get": "list", "post": "create"})),
]
