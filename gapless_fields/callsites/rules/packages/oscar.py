"""django-oscar: classes that are found by module and name."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(class_getters={"get_class": False, "get_classes": True})
