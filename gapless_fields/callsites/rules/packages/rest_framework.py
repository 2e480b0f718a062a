"""Django REST framework: views, view sets and serializers."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(
    views=frozenset({"api_view"}),
    view_bases=("ViewSet", "Viewset", "ModelMixin"),
    handlers=frozenset(
        {"create", "update", "partial_update", "destroy", "list", "retrieve", "initial"}
        | {"perform_create", "perform_update", "perform_destroy"}
    ),
    handler_callers={
        "perform_create": ("create", "post"),
        "perform_update": ("update", "partial_update", "put", "patch"),
        "create": ("post",),
        "update": ("put",),
    },
    create_views=frozenset(
        {"CreateAPIView", "ListCreateAPIView", "ModelViewSet", "CreateModelMixin"}
    ),
    update_views=frozenset({"UpdateAPIView"}),
    form_bases=("Serializer",),
    plain_forms=frozenset({"Serializer", "BaseSerializer", "ListSerializer"}),
    form_attributes=("serializer_class",),
    form_hooks=frozenset({"perform_create", "perform_update"}),
)
