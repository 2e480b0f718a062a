"""django-reversion: ``create_revision()`` opens a transaction."""

from __future__ import annotations

from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.values import ANY_ALIAS, Atomic, Constant
from gapless_fields.callsites.rules.frameworks import Framework


def _create_revision(call: Invocation) -> Atomic | None:
    if Constant(False) in call.argument(2, "atomic"):
        return None
    return Atomic(ANY_ALIAS, f"create_revision() in line {call.node.lineno}")


FRAMEWORK = Framework(
    atomic_calls={"reversion.create_revision": _create_revision},
    atomic_views=("RevisionMixin",),
)
