"""Wagtail: pages that answer requests."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import (
    EntryMethods,
    EntryPoint,
    Framework,
    Kind,
)

_PAGE = EntryPoint(Kind.REQUEST, "page")

FRAMEWORK = Framework(
    views=frozenset({"route"}),  # of a RoutablePage
    entry_methods=(
        EntryMethods(("Page",), frozenset({"serve", "process_form_submission"}), _PAGE),
    ),
)
