"""What numbers cost at run time: how long a transaction waited for a series, and held it.

Nothing is measured before ``observe()`` is called. Until then, taking a number costs one test of
``observer``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from gapless_fields.django_internals.transactions import at_end, commits_on_exit

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.series import Series

__all__ = ["NumbersTaken", "observe"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NumbersTaken:
    """Numbers that one statement has taken from one series."""

    sequence: str
    """The name of the sequence."""
    scope: tuple[str | None, ...]
    """The values of the scope, each as text; empty for a sequence of a single series."""
    using: str
    """The alias of the database."""
    count: int
    """How many numbers."""
    wait: float
    """The seconds that the statement took, most of which it waits for the lock of the series. If
    the number is taken inside an INSERT, this is the time of the INSERT. If one statement takes
    numbers from several series, each has the time of that statement."""
    hold: float
    """The seconds from then to the end of the transaction, during which other transactions that
    need the series wait. 0 in autocommit mode, where the statement is the transaction."""
    committed: bool
    """Whether the transaction was committed. (A savepoint that was rolled back in it has given its
    numbers back nevertheless.)"""


observer: Callable[[NumbersTaken], object] | None = None
"""What ``observe()`` was given."""


def observe(callback: Callable[[NumbersTaken], object] | None) -> None:
    """Call a function for the numbers that were taken, from now on and in every thread.

    It is called when the transaction has ended, by COMMIT or ROLLBACK, in the same thread: once for
    each statement and series. What it raises is logged to ``gapless_fields.metrics``, and reaches
    nobody else. Numbers that are imported or assigned by ``Sequence.advance_to()`` are not taken.
    Nothing is reported of a transaction that the project ends itself (``set_autocommit(False)``),
    or whose connection is lost.

    Args:
        callback: the function, in place of the one before; None: none.
    """
    global observer
    observer = callback


def taken(
    wanted: Sequence[tuple[Series, int]], connection: BaseDatabaseWrapper, wait: float
) -> None:
    """Report numbers that have just been taken, when the transaction has ended.

    Args:
        wanted: the series, and how many numbers of each.
        connection: the database.
        wait: the seconds that it took.
    """
    if not connection.in_atomic_block:
        _report(wanted, connection.alias, wait, 0.0, True)
    elif commits_on_exit(connection):
        since = perf_counter()

        def end(at: float, committed: bool) -> None:
            _report(wanted, connection.alias, wait, at - since, committed)

        at_end(connection, end)


def _report(
    wanted: Sequence[tuple[Series, int]], using: str, wait: float, hold: float, committed: bool
) -> None:
    callback = observer
    if callback is None:
        return
    for series, count in wanted:
        try:
            callback(NumbersTaken(series.name, series.scope, using, count, wait, hold, committed))
        except Exception:
            logger.exception("The observer of numbers taken from %s failed.", series)
