from django.conf.urls import patterns, url

from shop import views

urlpatterns = patterns(
    "shop.views",
    url(r"^pay/$", "pay"),
    url(r"^message/(?P<pk>\d+)/$", "message"),
    url(r"^edit/$", views.InvoiceEditView.as_view()),
)
