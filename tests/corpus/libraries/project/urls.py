from django.urls import path
from shop import views
from shop.routes import made
from shop.views import in_steps

listed = views.Listed.as_view()

urlpatterns = [
    path("bare/", in_steps(views.bare)),
    path("named/", in_steps(views.named)),
    path("listed/", listed),
    path("made/", made()),
]
