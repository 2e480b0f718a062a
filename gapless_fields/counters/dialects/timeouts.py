"""How long a database lets transactions wait and rest, and which of them are old."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import DatabaseError

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

# Any of them ends a wait, or a transaction that rests. All are in milliseconds.
POSTGRESQL = """
    SELECT coalesce(min(setting::bigint) FILTER (
               WHERE name IN ('lock_timeout', 'statement_timeout', 'transaction_timeout')), 0),
           coalesce(min(setting::bigint) FILTER (
               WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')), 0)
    FROM pg_catalog.pg_settings WHERE setting <> '0' AND name IN ('lock_timeout',
        'statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')"""

MYSQL = "SELECT @@innodb_lock_wait_timeout"
MARIADB = (
    f"{MYSQL}, coalesce(nullif(@@idle_write_transaction_timeout, 0), @@idle_transaction_timeout)"
)
ENDLESS = 100_000_000
"""From this number of seconds on, InnoDB waits without limit."""

POSTGRESQL_OLD = """
    SELECT pid, extract(epoch FROM clock_timestamp() - xact_start)
    FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
      AND xact_start < clock_timestamp() - make_interval(secs => %s)
    ORDER BY xact_start"""

# InnoDB tells the time of the system, and NOW() is that of the session.
MYSQL_OLD = """
    SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, started, NOW()) FROM (
        SELECT trx_mysql_thread_id, CONVERT_TZ(trx_started, 'SYSTEM', @@session.time_zone) started
        FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID()) t
    WHERE TIMESTAMPDIFF(SECOND, started, NOW()) > %s ORDER BY started"""


class Timeouts(NamedTuple):
    """After how many seconds the database of a connection ends what has no end."""

    lock: float
    """A wait for a lock. 0: never."""
    idle: float | None
    """A transaction that does nothing. 0: never. None: the database has no such setting."""


class OldTransaction(NamedTuple):
    """A transaction of another session."""

    session: int
    """The number by which the server knows the session."""
    seconds: float
    """How long it has been open."""


def timeouts(connection: BaseDatabaseWrapper) -> Timeouts | None:
    """Return the time-outs of this connection's session, None if they are not known."""
    if connection.vendor not in ("postgresql", "mysql"):
        return None
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            lock, idle = cursor.fetchone()
            return Timeouts(lock / 1000, idle / 1000)
        if connection.mysql_is_mariadb:  # type: ignore[attr-defined]
            cursor.execute(MARIADB)
            lock, idle = cursor.fetchone()
        else:
            cursor.execute(MYSQL)
            (lock,), idle = cursor.fetchone(), None
    return Timeouts(0 if lock >= ENDLESS else lock, idle)


def old_transactions(connection: BaseDatabaseWrapper, seconds: int) -> list[OldTransaction]:
    """Return the transactions that have been open for longer, the oldest first.

    Only those that the user may see, which may be none.
    """
    queries = {"postgresql": POSTGRESQL_OLD, "mysql": MYSQL_OLD}
    if connection.vendor not in queries:
        return []
    with connection.cursor() as cursor:
        try:
            cursor.execute(queries[connection.vendor], [seconds])
        except DatabaseError:
            if connection.vendor == "mysql":
                return []  # the user lacks the right PROCESS
            raise
        return [OldTransaction(session, float(age)) for session, age in cursor.fetchall()]
