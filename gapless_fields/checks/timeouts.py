"""W112, W113 and I102: time-outs of a database, for ``manage.py check --deploy --database``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage
from django.db import connections

from gapless_fields.checks.messages import info, warning
from gapless_fields.counters.dialects.timeouts import old_transactions, timeouts
from gapless_fields.series.registry import all_numbered_fields

HOUR = 3600
"""From this number of seconds on, a wait is as good as endless, and a transaction is old."""


def check_timeouts(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the sessions of the given databases, if they hold numbered rows."""
    return [
        message
        for alias in databases or ()
        if any(all_numbered_fields(alias))
        for message in [*_check_timeouts(alias), *_check_old_transactions(alias)]
    ]


def _check_timeouts(alias: str) -> Iterator[CheckMessage]:
    connection = connections[alias]
    found = timeouts(connection)
    if found is None:
        return
    is_postgresql = connection.vendor == "postgresql"
    name = f'DATABASES["{alias}"]'
    if not 0 < found.lock < HOUR:
        setting = "lock_timeout" if is_postgresql else "innodb_lock_wait_timeout"
        yield warning(
            112,
            name,
            f"{setting} {_value(found.lock)}: a save waits as long for a series that another "
            "transaction holds, and so does the request behind it.",
            f"{_how_to_set(alias, setting, '10s' if is_postgresql else '10')} A save then raises "
            "SequenceLocked after 10 seconds.",
        )
    if found.idle is not None and not 0 < found.idle < HOUR:
        setting = (
            "idle_in_transaction_session_timeout" if is_postgresql else "idle_transaction_timeout"
        )
        yield warning(
            113,
            name,
            f"{setting} {_value(found.idle)}: a process that stops inside a transaction holds the "
            "series of its numbers as long.",
            f"{_how_to_set(alias, setting, '60s' if is_postgresql else '60')} The database then "
            "rolls such a transaction back after a minute.",
        )


def _value(seconds: float) -> str:
    return f"is {seconds:.0f} seconds" if seconds else "sets no limit"


def _how_to_set(alias: str, setting: str, value: str) -> str:
    options = f'DATABASES["{alias}"]["OPTIONS"]'
    if connections[alias].vendor == "postgresql":
        return f'Add "-c {setting}={value}" to {options}["options"].'
    return f'Add "SET SESSION {setting} = {value}" to {options}["init_command"].'


def _check_old_transactions(alias: str) -> Iterator[CheckMessage]:
    connection = connections[alias]
    found = old_transactions(connection, HOUR)
    if not found:
        return
    old = "A transaction has" if len(found) == 1 else f"{len(found)} transactions have"
    end = "pg_terminate_backend(%d)" if connection.vendor == "postgresql" else "KILL %d"
    yield info(
        102,
        f'DATABASES["{alias}"]',
        f"{old} been open for more than an hour, the oldest for {found[0].seconds / HOUR:.1f} "
        "hours. Such a transaction locks the series of its numbers. The database keeps every older "
        "version of the counters for it, so that numbers take longer and longer.",
        f"See what the session {found[0].session} does. To end it: {end % found[0].session}.",
    )
