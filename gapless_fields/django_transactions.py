"""The private parts of Django's connections that tell when a transaction has ended.

Like ``django_internals``, which has no room for it. ``tests/test_django_internals.py`` tests it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


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
