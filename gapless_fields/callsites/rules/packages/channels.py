"""Channels: consumers."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import (
    EntryMethods,
    EntryPoint,
    Framework,
    Kind,
)

FRAMEWORK = Framework(
    transparent=frozenset({"database_sync_to_async"}),
    entry_methods=(EntryMethods(("Consumer",), frozenset(), EntryPoint(Kind.ALONE, "consumer")),),
)
