"""django-lifecycle: the ``save()`` of its models opens a transaction."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(atomic_models=("LifecycleModel", "LifecycleModelMixin"))
