"""The wording of the findings of all checks."""

from __future__ import annotations

from typing import Any

from django.core import checks

DOCS = "https://gapless-fields.readthedocs.io/en/latest/checks.html"
"""The page with a heading for each id."""


def error(number: int, obj: Any, message: str, hint: str) -> checks.CheckMessage:
    """Return a finding that breaks the promise, or makes saves fail."""
    return checks.Error(message, **_rest("E", number, obj, hint))


def warning(number: int, obj: Any, message: str, hint: str) -> checks.CheckMessage:
    """Return a finding that can be tolerated for a while."""
    return checks.Warning(message, **_rest("W", number, obj, hint))


def info(number: int, obj: Any, message: str, hint: str) -> checks.CheckMessage:
    """Return a suggestion."""
    return checks.Info(message, **_rest("I", number, obj, hint))


def _rest(level: str, number: int, obj: Any, hint: str) -> dict[str, Any]:
    id = f"gapless_fields.{level}{number:03d}"  # noqa: A001 (as Django calls it)
    anchor = id.lower().replace("_", "-").replace(".", "-")
    return {"id": id, "obj": obj, "hint": f"{hint} See {DOCS}#{anchor}"}
