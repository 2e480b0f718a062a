"""The names of triggers, which tell what they belong to and what they do."""

from __future__ import annotations

import hashlib
import re

MOST_OF_A_NAME = 40
"""PostgreSQL cuts names at 63 bytes, and MySQL refuses more than 64 characters."""


def prefix(name: str) -> str:
    """Return how the names of the triggers of a constraint begin."""
    if len(name) <= MOST_OF_A_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: MOST_OF_A_NAME - 9]}_{digest}"


def trigger_name(constraint: str, column: str, event: str, body: str) -> str:
    """Return the name of a trigger that does this."""
    number = hashlib.sha256(f"{column}\n{body}".encode()).hexdigest()[:8]
    return f"{prefix(constraint)}_{event}_{number}"


def is_of(constraint: str, trigger: str) -> bool:
    """Return whether a trigger belongs to a constraint, by its name."""
    pattern = re.escape(prefix(constraint)) + r"_(insert|update|delete|truncate)_[0-9a-f]{8}"
    return re.fullmatch(pattern, trigger) is not None


def literal(text: str) -> str:
    """Return a text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
