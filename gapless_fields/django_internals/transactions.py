"""What connections and ``atomic()`` blocks know of their transactions."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import TYPE_CHECKING, Any

from django.db.transaction import Atomic

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


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


def at_end(connection: BaseDatabaseWrapper, call: Callable[[float, bool], None]) -> None:
    """Call a function when the transaction of ``atomic()`` has ended, committed or not.

    The connection is in autocommit mode again by then, and ``on_commit()`` callbacks have run.
    Nothing is called if the connection is lost. ``atomic()`` ends with ``set_autocommit(True)``,
    and ``commit()`` has set ``run_commit_hooks_on_set_autocommit_on`` before.

    Args:
        connection: the database, in a transaction that ``atomic()`` ends.
        call: is given the time at which it ended, as of ``time.perf_counter()``, and whether it
            was committed.
    """
    watched: Any = connection
    session = connection.connection
    known: Any = getattr(watched, "gapless_at_end", None)
    if known is not None and known[0] is session:
        known[1].append(call)
        return
    calls = [call]

    def set_autocommit(*args: Any, **kwargs: Any) -> None:
        ended = perf_counter()
        committed = bool(watched.run_commit_hooks_on_set_autocommit_on)
        was_lost = connection.connection is not session
        del watched.gapless_at_end
        del watched.set_autocommit
        try:
            connection.set_autocommit(*args, **kwargs)
        finally:
            for one in () if was_lost else calls:
                one(ended, committed)

    watched.gapless_at_end = session, calls
    watched.set_autocommit = set_autocommit
