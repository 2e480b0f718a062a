from django.urls import path

from shop import branches, made

urlpatterns = [
    path("1", made.by_factory),
    path("2", made.by_type),
    path("3", made.by_meta),
    path("4", made.by_function),
    path("5", branches.view),
    path("6", branches.other),
]
