"""Case i: a COMMIT that waits for a disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from tests.benchmarks.comparison import Comparison, Plan, compare
from tests.benchmarks.sides import EARLY, FILLED_IN, GAPLESS, SEQUENCES, UNNUMBERED
from tests.benchmarks.writers import Task, Writers, writers

WRITERS = [1, 8, 16]
FLUSHES = {"this disk": 0, "1 ms": 1_000, "10 ms": 10_000}
"""Microseconds that are added to a flush, which the waiting writers share as they do a real one.
MariaDB has no such setting."""


@contextmanager
def durable(delay: int) -> Iterator[None]:
    """Let COMMIT wait for the disk, and for this many microseconds more.

    A MariaDB has been started so.
    """
    if connection.vendor != "postgresql":
        yield
        return
    settings = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "commit_delay": str(delay),
        "commit_siblings": "0",
    }
    _configure([f"ALTER SYSTEM SET {name} = {value}" for name, value in settings.items()])
    try:
        yield
    finally:
        off = ("fsync", "synchronous_commit", "full_page_writes")
        _configure(
            [
                *(f"ALTER SYSTEM SET {name} = off" for name in off),
                *(f"ALTER SYSTEM RESET {name}" for name in ("commit_delay", "commit_siblings")),
            ]
        )


def _configure(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in [*statements, "SELECT pg_reload_conf()"]:
            cursor.execute(statement)


def with_a_disk(
    together: Callable[[Writers, int, Plan, Callable[[int], Task]], float], plan: Plan
) -> Iterator[Comparison]:
    """i. Several writers on one series, where COMMIT waits for a disk."""
    has_early_release = connection.vendor == "postgresql"
    sides = (UNNUMBERED, FILLED_IN, GAPLESS, *([EARLY] if has_early_release else []), SEQUENCES)
    able = [side.name for side in sides]
    for flush, delay in FLUSHES.items() if has_early_release else [("this disk", 0)]:
        with durable(delay), writers(max(WRITERS)) as pool:
            for count in WRITERS:
                yield compare(
                    "i",
                    f"{count} writers, a flush of {flush}",
                    "saves/s",
                    able,
                    lambda name, count=count, pool=pool: together(
                        pool, count, plan, lambda _: Task(name, atomic=True)
                    ),
                    plan.rounds,
                )
