"""django-formtools: previews and wizards; ``wizards.py`` knows the forms of their steps."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(view_bases=("FormPreview",), handlers=frozenset({"done"}))
