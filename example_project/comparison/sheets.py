"""Rows with an automatic id and a gapless number, saved in the ways that the page shows."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Greatest

from comparison.models import ApartCounter, MaxNumbered, Sheet
from comparison.numbers import count_apart, max_plus_one
from gapless_fields import Sequence, deferred_numbering

WRITERS = 20
OTHERS = 5
WORK = 1.5
COUNTER = "sheets"


class Failed(Exception):
    """A step fails after its row was saved."""


@dataclass(frozen=True)
class Bar:
    """When somebody began and ended, and from when on the others had to wait for it (seconds)."""

    who: str
    begin: float
    lock: float
    end: float


def automatic_id() -> int | None:
    """Return the id for a new row, or None where the database itself gives it.

    SQLite takes ids back with a rollback. There, a counter apart gives them as PostgreSQL and
    MariaDB give theirs. Call this outside ``atomic()``.
    """
    return count_apart(COUNTER) if connection.vendor == "sqlite" else None


def note_id(pk: int | None) -> None:
    """Remember that an id was given, also if its row was rolled back."""
    if pk is not None and connection.vendor != "sqlite":
        ApartCounter.objects.filter(name=COUNTER).update(last=Greatest("last", pk))


def save(*, fail: bool = False, work: float = 0) -> bool:
    """Save one row in a transaction, and return whether it was committed.

    Args:
        fail: whether the transaction fails after the row was saved.
        work: how many seconds the transaction takes after that.
    """
    sheet = Sheet(pk=automatic_id())
    try:
        with transaction.atomic():
            sheet.save(force_insert=True)
            time.sleep(work)
            if fail:
                raise Failed
    except Failed:
        return False
    finally:
        note_id(sheet.pk)
    return True


def at_once(functions: list[Callable[[], object]]) -> None:
    """Call functions in threads, each with a connection of its own, and wait for them.

    Raises: the first error of a thread.
    """
    start = threading.Barrier(len(functions))

    def run(function: Callable[[], object]) -> None:
        start.wait()
        try:
            function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        for future in [pool.submit(run, function) for function in functions]:
            future.result()


def writers() -> int:
    """Let 20 writers save at once, and return how many committed. Each third one fails."""
    committed: list[bool] = []

    def write(fail: bool) -> None:
        committed.append(save(fail=fail, work=0.03))

    at_once([lambda n=n: write(n % 3 == 2) for n in range(WRITERS)])
    return sum(committed)


def writers_of_max() -> None:
    """Let 20 writers save at once with ``MAX()+1``."""

    def write() -> None:
        time.sleep(random.random() / 4)  # nobody presses the button at the very same moment
        number = max_plus_one()
        time.sleep(random.random() / 20)  # what a view does between reading and saving
        MaxNumbered.objects.create(number=number)

    at_once([write] * WRITERS)


def long_transaction(*, first: bool) -> list[Bar]:
    """Let others save while a long transaction works, and return when each began and ended.

    Args:
        first: whether the long transaction takes its number before it works, or at its end.
    """
    bars: list[Bar] = []
    started = time.monotonic()
    others_may_begin = threading.Event()

    def now() -> float:
        return time.monotonic() - started

    def work() -> None:
        others_may_begin.set()
        time.sleep(WORK)

    def long() -> None:
        begin = now()
        try:
            lock = numbered_first(work, now) if first else numbered_at_the_end(work, now)
        finally:
            others_may_begin.set()  # also after an error
        bars.append(Bar("long", begin, lock, now()))

    def other(n: int) -> None:
        others_may_begin.wait()
        begin = now()
        save()
        end = now()
        bars.append(Bar(str(n + 1), begin, end, end))

    at_once([long, *(lambda n=n: other(n) for n in range(OTHERS))])
    return sorted(bars, key=lambda bar: (bar.who != "long", bar.who))


def numbered_first(work: Callable[[], None], now: Callable[[], float]) -> float:
    """Take the number, and work then. Return when the number was taken."""
    sheet = Sheet(pk=automatic_id())
    with transaction.atomic():
        sheet.save(force_insert=True)
        lock = now()
        work()
    note_id(sheet.pk)
    return lock


def numbered_at_the_end(work: Callable[[], None], now: Callable[[], float]) -> float:
    """Work, and take the number then. Return when the number was taken."""
    if connection.vendor == "sqlite":
        work()  # not inside the transaction: on SQLite, that locks the whole database
        lock = now()
        save()
        return lock
    sheet = Sheet()
    with transaction.atomic(), deferred_numbering():
        sheet.save(force_insert=True)
        work()
        lock = now()
    note_id(sheet.pk)
    return lock


def begin_again() -> None:
    """Delete all rows of the page, and their counters."""
    with transaction.atomic():
        Sheet.objects.all().delete()
        MaxNumbered.objects.all().delete()
        last = 0 if connection.vendor == "sqlite" else lose_an_id()
        ApartCounter.objects.update_or_create(
            name=COUNTER, defaults={"last": last, "first": last + 1}
        )
        Sequence("sheets").delete()


def lose_an_id() -> int:
    """Return the last id that the database has given: that of a row which is rolled back."""
    sheet = Sheet()
    with suppress(Failed), transaction.atomic():
        sheet.save(force_insert=True)
        raise Failed
    return sheet.pk
