"""Rows that are deleted with others, models of migrations, and calls of coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import FrameType
from typing import Any

from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.deletion import Collector

__all__ = ["ModelState"]


def rows_deleted_with(rows: Sequence[Model], using: str) -> list[Model]:
    """Return the rows that ``delete()`` would delete, those that refer to them included.

    Raises:
        ProtectedError, RestrictedError: other rows refer to the rows.
    """
    collector = _EveryRow(using=using, origin=rows[0])
    collector.collect(rows)
    return [row for instances in collector.data.values() for row in instances]


class _EveryRow(Collector):
    def can_fast_delete(self, *args: Any, **kwargs: Any) -> bool:
        return False  # these rows are deleted unread


def is_for_migrations(model: type[Model]) -> bool:
    """Return whether this is a historical model, which ``ModelState.render()`` names so."""
    return model.__module__ == "__fake__"


def awaited_call(frame: FrameType) -> tuple[asyncio.AbstractEventLoop, Any] | None:
    """Return the event loop and the call whose function a frame runs for ``sync_to_async()``.

    asgiref's ``SyncToAsync.thread_handler()`` has both in its arguments. Return None for any other
    frame.
    """
    if frame.f_code.co_name == "thread_handler" and "loop" in frame.f_locals:
        return frame.f_locals["loop"], frame.f_locals["self"]
    return None
