from django.conf.urls import url

urlpatterns = [url(r"^old/$", "shop.old.by_name")]
