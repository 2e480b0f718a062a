"""Every private part of Django and asgiref that this package uses, in one function each.

``tests/test_django_internals.py`` has a test for each. It fails if a new version changes that part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.deletion import Collector
from django.db.transaction import Atomic

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql import Query

    Method = Callable[..., Any]

__all__ = ["ModelState"]


def wrap_once(owner: type, name: str, wrap: Callable[[Method], Method]) -> None:
    """Wrap a method of a class, as it defines or inherits it, unless it is wrapped already."""
    method = owner.__dict__.get(name) or getattr(owner, name)
    plain = getattr(method, "__func__", method)
    if getattr(plain, "is_wrapped_by_gapless_fields", False):
        return
    wrapped: Any = wrap(plain)
    wrapped.is_wrapped_by_gapless_fields = True
    setattr(owner, name, classmethod(wrapped) if hasattr(method, "__func__") else wrapped)


def wrap_insert(wrap: Callable[[Method], Method]) -> None:
    """Wrap ``QuerySet._insert()``, which ``save()`` and ``bulk_create()`` call.

    Only this method knows the database, all rows of the statement and what to do on conflict.
    ``Field.pre_save()`` is never told the alias, and Django 6.0 and later call it twice.
    """
    wrap_once(QuerySet, "_insert", wrap)


def wrap_update(wrap: Callable[[Method], Method]) -> None:
    """Wrap ``QuerySet._update()``, which ``save()`` calls.

    Only this method knows every value that is written. ``Field.pre_save()`` is not called for a
    column that ``update_fields`` leaves out.
    """
    wrap_once(QuerySet, "_update", wrap)


def wrap_save_table(model: type[Model], wrap: Callable[[Method], Method]) -> None:
    """Wrap ``Model._save_table()``, which knows the instance and ``raw``, and passes neither on.

    Not ``save_base()``: ``loaddata`` calls ``Model.save_base()``, and bypasses the model's own.
    """
    wrap_once(model, "_save_table", wrap)


def is_raw(arguments: Sequence[Any], options: dict[str, Any]) -> bool:
    """Return whether ``Model._save_table()`` is called for a raw save: its first parameter."""
    return bool(arguments[0] if arguments else options.get("raw"))


def open_blocks(connection: BaseDatabaseWrapper) -> list[Atomic]:
    """Return the ``atomic()`` blocks that are open on a connection, the outermost first."""
    blocks: list[Atomic] = connection.atomic_blocks if connection.in_atomic_block else []
    return blocks


def is_block_of_test_case(block: Atomic) -> bool:
    """Return whether ``TestCase`` opened a block: it marks them for ``atomic(durable=True)``."""
    return bool(block._from_testcase)  # type: ignore[attr-defined]


def commits_on_exit(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the outermost ``atomic()`` commits.

    It does not inside ``set_autocommit(False)``: there it opens only savepoints, and the project
    may commit after an error.
    """
    return connection.commit_on_exit


def is_opened_by_bulk_create(frame: FrameType) -> bool:
    """Return whether this call of ``bulk_create()`` or ``_batched_insert()`` opened a block.

    Django 5.2's ``bulk_create()`` always opens one. Since Django 6.0, it opens one only if it needs
    several statements, in itself or in ``_batched_insert()``, and holds it in ``context``.
    """
    if "context" in frame.f_code.co_varnames:
        return isinstance(frame.f_locals.get("context"), Atomic)
    return frame.f_code.co_name == "bulk_create"


def savepoints_made(connection: BaseDatabaseWrapper) -> int:
    """Return how many savepoints a connection has made. Each has its number in its name."""
    return connection.savepoint_state


def savepoint_number(sid: str) -> int:
    """Return the number of a savepoint: 7 for ``s140243_x7``."""
    return int("0" + "".join(filter(str.isdecimal, sid.rpartition("x")[2])))


def hook_transaction(
    connection: BaseDatabaseWrapper,
    *,
    commit: Callable[[], None],
    rollback: Callable[[], None],
    savepoint_rollback: Callable[[str], None],
) -> None:
    """Replace the methods by which ``atomic()`` ends a connection's transaction.

    ``on_commit()`` is called too late to refuse a COMMIT, and Django has no hook for a rollback.
    """
    connection.commit = commit  # type: ignore[method-assign]
    connection.rollback = rollback  # type: ignore[method-assign]
    connection.savepoint_rollback = savepoint_rollback  # type: ignore[method-assign, assignment]


def unhook_transaction(connection: BaseDatabaseWrapper) -> None:
    """Restore the methods by which a connection's transaction ends."""
    del connection.commit
    del connection.rollback
    del connection.savepoint_rollback


def watch_end(
    connection: BaseDatabaseWrapper, *, committed: Callable[[BaseDatabaseWrapper], None]
) -> None:
    """Call a function when the transaction has committed, before ``on_commit()`` callbacks.

    Once per transaction, however often this is called, and in autocommit mode again. An exception
    drops the callbacks. ``atomic()`` ends with ``set_autocommit(True)``, which calls
    ``run_and_clear_commit_hooks()`` on the connection after a COMMIT, and ``rollback()`` calls
    ``_rollback()``.
    """
    session = connection.connection
    watched: Any = connection
    if getattr(watched, "gapless_watched", None) is session:
        return

    def stop() -> None:
        del watched.gapless_watched
        del watched.run_and_clear_commit_hooks
        del watched._rollback

    def run_and_clear_commit_hooks() -> None:
        stop()
        if connection.connection is session:  # it was not lost before COMMIT
            try:
                committed(connection)
            except BaseException:
                connection.run_on_commit = []
                raise
        connection.run_and_clear_commit_hooks()

    def _rollback() -> None:
        stop()
        watched._rollback()

    watched.gapless_watched = session
    watched.run_and_clear_commit_hooks = run_and_clear_commit_hooks
    watched._rollback = _rollback


def prepare_to_write(rows: QuerySet[Model]) -> None:
    """Let a queryset use the database that its rows are written to, as ``update()`` does."""
    rows._for_write = True  # type: ignore[attr-defined]


def forget_results(rows: QuerySet[Model]) -> None:
    """Let a queryset read its rows again, as ``update()`` does."""
    rows._result_cache = None


def can_be_filtered(query: Query) -> bool:
    """Return whether ``filter()`` accepts a query: a slice and a union are complete."""
    return not (query.is_sliced or query.combinator)


def reads_one_table(query: Query) -> bool:
    """Return whether a query reads its own table alone, by conditions that must all hold."""
    where = query.where
    return len(query.alias_map) <= 1 and not where.negated and where.connector == "AND"


def is_plain(query: Query) -> bool:
    """Return whether a query reads its own table alone, and adds nothing to its rows."""
    return not (
        len(query.alias_map) > 1
        or query.annotations
        or query.distinct
        or query.combinator
        or query.extra_tables
    )


@contextmanager
def condition_added(query: Query, condition: object) -> Iterator[None]:
    """Add a condition to a query inside the block, as ``filter()`` would.

    ``filter()`` takes 60 µs to copy the query and to resolve what an expression refers to.
    """
    children: list[Any] = query.where.children
    children.append(condition)
    try:
        yield
    finally:
        children.pop()


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
