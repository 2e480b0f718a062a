"""JSON-RPC: django-modern-rpc and django-json-rpc."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(views=frozenset({"rpc_method", "jsonrpc_method"}))
