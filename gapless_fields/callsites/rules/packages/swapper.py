"""swapper: models that settings replace."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(model_getters=frozenset({"load_model"}))
