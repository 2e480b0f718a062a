"""What all packages declare, in one table each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from gapless_fields.callsites.rules.frameworks import Framework
from gapless_fields.callsites.rules.packages import FRAMEWORKS


def together(frameworks: tuple[Framework, ...]) -> Framework:
    """One framework that has the declarations of several."""
    merged: dict[str, Any] = {}
    for field in fields(Framework):
        for framework in frameworks:
            value = getattr(framework, field.name)
            known = merged.get(field.name)
            if known is None:
                merged[field.name] = value
            elif isinstance(value, frozenset | Mapping):
                merged[field.name] = known | value
            else:
                merged[field.name] = known + value
    return Framework(**merged)


KNOWN = together(FRAMEWORKS)
