"""What to look for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A numbered model, as it was asked for.

    Args:
        path: its dotted path, ``shop.models.Invoice``.
        fields: the names of its numbered fields; empty: unknown.
        using: the database that its rows go to.
        label: how ``apps.get_model()`` names it; empty: unknown.
        due: the columns of which one must be set for a row to be numbered; empty: each row is.
    """

    path: str
    fields: tuple[str, ...] = ()
    using: str = "default"
    label: str = ""
    due: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """What the reader cannot see in the source.

    Args:
        atomic_requests: the databases whose ``ATOMIC_REQUESTS`` is set.
        atomic_wrappers: dotted or plain names of context managers and decorators that open
            ``atomic()`` where the source does not show it.
        user_model: the dotted path of the user model's class; empty: unknown.
    """

    atomic_requests: frozenset[str] = frozenset()
    atomic_wrappers: frozenset[str] = frozenset()
    user_model: str = ""
