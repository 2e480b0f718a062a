"""Writers in processes of their own, which start together and count what they have committed."""

from __future__ import annotations

import multiprocessing
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection


@dataclass(frozen=True)
class Task:
    """What a writer does until its time is over.

    Args:
        side: the name of the side.
        atomic: each save in a transaction; otherwise in autocommit, where the side allows it.
        company: whose series; None: all writers share one.
        pause: seconds of other work in each transaction, after the save.
        begin: when to begin, by ``time.monotonic()``.
        seconds: for how long.
    """

    side: str
    atomic: bool = True
    company: int | None = None
    pause: float = 0
    begin: float = 0
    seconds: float = 1


def run(task: Task) -> float:
    """Save rows one after the other; return how many a second were committed."""
    from django.conf import settings
    from django.db import transaction

    from tests.benchmarks.sides import side_named

    side = side_named(task.side)
    settings.GAPLESS_FIELDS = {"EARLY_LOCK_RELEASE": side.early}
    atomic = task.atomic or side.needs_atomic
    time.sleep(max(0, task.begin - time.monotonic()))
    start = time.perf_counter()
    end = start + task.seconds
    saves = 0
    while (now := time.perf_counter()) < end:
        if atomic:
            with transaction.atomic(), side.around():
                side.save(task.company)
                if task.pause:
                    time.sleep(task.pause)
        else:
            side.save(task.company)
        saves += 1
    return saves / (now - start)


def setup() -> None:
    """Make Django ready; saves in autocommit are what some benchmarks are about."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()

    from gapless_fields import GaplessOutsideAtomicWarning

    warnings.simplefilter("ignore", GaplessOutsideAtomicWarning)


def _serve(pipe: Connection, port: int | None) -> None:
    if port is not None:
        os.environ["BENCHMARKS_PORT"] = str(port)
    setup()
    from django.db import connection

    connection.ensure_connection()
    pipe.send(None)
    while (task := pipe.recv()) is not None:
        pipe.send(run(task))
    connection.close()


class Writers:
    """Up to so many processes."""

    def __init__(self, pipes: list[Connection]) -> None:
        self._pipes = pipes

    def together(self, tasks: list[Task]) -> float:
        """Run the tasks at the same time; return how many rows a second they commit in all."""
        pipes = self._pipes[: len(tasks)]
        for pipe, task in zip(pipes, tasks, strict=True):
            pipe.send(task)
        return sum(pipe.recv() for pipe in pipes)


@contextmanager
def writers(count: int, port: int | None = None) -> Iterator[Writers]:
    """Start processes that can write, through a proxy's port where one is given."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(count):
        pipe, other = context.Pipe()
        process = context.Process(target=_serve, args=(other, port), daemon=True)
        process.start()
        pipes.append(pipe)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    try:
        yield Writers(pipes)
    finally:
        for pipe, process in zip(pipes, processes, strict=True):
            pipe.send(None)
            process.join(10)
