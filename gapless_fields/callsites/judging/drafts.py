"""Rows that are saved as drafts, and take no number yet."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.summaries import Site
from gapless_fields.callsites.targets import Target


def is_draft(site: Site, target: Target | None) -> bool:
    """Whether ``create(…)`` sets none of the columns that make a row due."""
    if target is None or not target.due or not isinstance(site.node, ast.Call):
        return False
    called = site.node.func
    if not isinstance(called, ast.Attribute) or called.attr not in ("create", "acreate"):
        return False
    given = {keyword.arg for keyword in site.node.keywords}
    return None not in given and given.isdisjoint(target.due)  # None is ``**values``
