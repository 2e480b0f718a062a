"""Early lock release: COMMIT unlocks a counter at once, and is acknowledged when the disk has it.

A transaction that takes a number runs with ``synchronous_commit = off``, so its COMMIT does not
wait for the disk while other transactions wait for the counter. After it, a statement of a few
bytes waits for the disk. All writers share that wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import Error

from gapless_fields import conf
from gapless_fields.django_internals.transactions import commits_on_exit, watch_end
from gapless_fields.exceptions import DurabilityUnknown

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

SET_OFF = "pg_catalog.set_config('synchronous_commit', 'off', true)"
"""Evaluated by a statement that takes a number; it holds until the transaction ends."""

# A transaction of its own with a record in the log, so that its COMMIT waits as the session is set
# to: for the disk, or for a standby as well. It needs no privilege, and works at any wal_level.
WAIT = "SELECT pg_catalog.pg_logical_emit_message(true, 'gapless_fields', '')"


def releases_early(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a statement that takes a number now shall evaluate ``SET_OFF``.

    If so, the wait is arranged: it follows the transaction's COMMIT, before ``on_commit()``
    callbacks. In autocommit mode, the caller must call ``wait_for_disk()`` after the statement.
    """
    if not conf.early_lock_release(connection.alias):
        return False
    if not connection.in_atomic_block:
        return connection.get_autocommit()
    if not commits_on_exit(connection):
        return False  # the project commits by itself
    watch_end(connection, committed=wait_for_disk)
    return True


def wait_for_disk(connection: BaseDatabaseWrapper) -> None:
    """Wait until what the session has committed is on the disk.

    Raises:
        DurabilityUnknown: the connection was lost meanwhile.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(WAIT)
    except Error as error:
        raise DurabilityUnknown(
            f'The transaction on the database "{connection.alias}" is committed, but the wait for '
            f"the disk failed: if the server has crashed, its rows and their numbers may be lost. "
            f"Look for the rows before you write them again."
        ) from error
