"""django-ninja, and django-ninja-extra's controllers."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(
    views=frozenset({"http_get", "http_post", "http_put", "http_patch", "http_delete"}),
    routes=frozenset({"get", "post", "put", "patch", "delete", "api_operation"}),
)
