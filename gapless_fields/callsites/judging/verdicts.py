"""A verdict, and what the blocks that are open at a place say by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from gapless_fields.callsites.engine.values import ANY_ALIAS, Atomic

INSIDE = "inside"
OUTSIDE = "outside"
UNKNOWN = "unknown"
CIRCLE = "circle"
"""Called only by what it calls itself: whoever enters the circle decides."""


@dataclass(frozen=True)
class Verdict:
    verdict: str
    because: str
    path: tuple[str, ...] = ()
    """The calls that lead from an entry point to the function, each as ``file:line``."""


DEFERRED = {
    "on_commit": "on_commit() runs it after the transaction",
    "thread": "another thread runs it, with a connection of its own",
    "queue": "a queue runs it, in a process of its own",
}


def by_blocks(opened: tuple[Atomic, ...], alias: str) -> Verdict | None:
    """What the open blocks say; None where there are none."""
    right = [atomic for atomic in opened if alias == ANY_ALIAS or atomic.covers(alias)]
    for atomic in right:
        if atomic.certain:
            return Verdict(INSIDE, atomic.how)
    if right:
        return Verdict(UNKNOWN, f"{right[0].how}, but not on every path")
    if opened:
        using = opened[0].using or "default"
        return Verdict(OUTSIDE, f'{opened[0].how} is on "{using}", the row goes to "{alias}"')
    return None


def worst(verdicts: list[Verdict]) -> Verdict:
    """Outside where one is; whoever goes round in a circle has no say."""
    order = (OUTSIDE, UNKNOWN, INSIDE, CIRCLE)
    return min(verdicts, key=lambda verdict: order.index(verdict.verdict))
