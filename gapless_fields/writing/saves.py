"""The ``save()`` that is running: its instance, and whether it is raw."""

from __future__ import annotations

from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from gapless_fields.django_internals.methods import is_raw, wrap_save_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

_running: ContextVar[tuple[Model, bool] | None] = ContextVar("gapless_running_save", default=None)


def watch_saves(model: type[Model]) -> None:
    """Let ``running_save()`` know the instances of a model."""
    wrap_save_table(model, _watching)


def running_save(model: type[Model]) -> tuple[Model | None, bool]:
    """Return the instance whose ``save()`` writes to the table of ``model``, and whether it is raw.

    The instance is None if something other than ``save()`` runs the UPDATE.
    """
    running = _running.get()
    if running is None or not isinstance(running[0], model):
        return None, False
    return running


def _watching(save_table: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(save_table)
    def _save_table(self: Model, *args: Any, **kwargs: Any) -> bool:
        token = _running.set((self, is_raw(args, kwargs)))
        try:
            return save_table(self, *args, **kwargs)
        finally:
            _running.reset(token)

    return _save_table
