"""The processes of the demo: writers, and those that are killed."""

import multiprocessing
import signal
import time
from collections import Counter
from collections.abc import Iterator

from django.db import connections

from shop.writer import take_a_number_and_die, write

# Forked, so that no time is spent on starting Python and Django again.
CONTEXT = multiprocessing.get_context("fork")
PATIENCE = 60


class ProcessFailed(Exception):
    """A process ended in a way in which it should not."""


class Writers:
    """Processes that write until the time is up.

    Args:
        processes: how many.
        seconds: how long, from the moment at which all of them are ready.
    """

    def __init__(self, processes: int, seconds: float) -> None:
        self.start = CONTEXT.Barrier(processes + 1)
        self.answers = CONTEXT.SimpleQueue()
        connections.close_all()  # a connection must not be shared with a process
        self.all = [
            CONTEXT.Process(target=self.run, args=(f"writer{n}", seconds), daemon=True)
            for n in range(processes)
        ]
        for writer in self.all:
            writer.start()
        self.start.wait(PATIENCE)

    def run(self, name: str, seconds: float) -> None:
        connections["default"].ensure_connection()
        self.start.wait(PATIENCE)
        self.answers.put(write(name, seconds))

    def outcome(self) -> Counter[str]:
        """Wait for the end, and return how often each outcome occurred."""
        total: Counter[str] = Counter()
        for writer in self.all:
            writer.join(PATIENCE)
            if writer.exitcode != 0:
                raise ProcessFailed(f"A writer failed: {writer.exitcode}")
        for _ in self.all:
            total.update(self.answers.get())
        return total


def kill_one() -> tuple[int, str, int]:
    """Let a process be killed in the middle of a transaction.

    Returns: its id, the reference that it had taken, and its number of the counter apart.
    """
    ours, theirs = CONTEXT.Pipe(duplex=False)
    victim = CONTEXT.Process(target=take_a_number_and_die, args=(theirs,), daemon=True)
    victim.start()
    theirs.close()
    victim.join(PATIENCE)
    if victim.exitcode != -signal.SIGKILL:
        raise ProcessFailed(f"The process was not killed: {victim.exitcode}")
    reference, apart = ours.recv()
    return victim.pid or 0, reference, apart


def kill_each_second(seconds: float) -> Iterator[tuple[float, int, str, int]]:
    """Kill one process per second, and yield the time and what ``kill_one()`` returns."""
    started = time.monotonic()
    for second in range(1, int(seconds) + 1):
        time.sleep(max(0, started + second - 0.5 - time.monotonic()))
        killed = kill_one()
        yield time.monotonic() - started, *killed
