from django.urls import path
from shop.test.views import make

urlpatterns = [path("", make)]
