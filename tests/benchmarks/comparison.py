"""Sides measured in one run, in turn, so that whatever else the machine does hits all of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """How long to measure.

    Args:
        rounds: how often each side is measured.
        seconds: how long at a time.
        scale: what numbers of rows are divided by.
    """

    rounds: int = 5
    seconds: float = 1.0
    scale: int = 1


@dataclass
class Comparison:
    """The figures of one case in one setting.

    Args:
        case: its letter.
        setting: what varies within the case, as the tables say it.
        unit: of the figures. Of ``saves/s`` more is better; of times, less.
        figures: by side, one for each round.
    """

    case: str
    setting: str
    unit: str
    figures: dict[str, list[float]] = field(default_factory=dict)

    def median(self, side: str) -> float:
        return statistics.median(self.figures[side])

    def ratio(self, side: str, other: str) -> float | None:
        """How many times as fast as another side, by the medians; None: not measured."""
        if other not in self.figures:
            return None
        ratio = self.median(side) / self.median(other)
        return ratio if self.unit.endswith("/s") else 1 / ratio

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "setting": self.setting,
            "unit": self.unit,
            "sides": {
                side: {
                    "median": round(self.median(side), 6),
                    "lowest": round(min(values), 6),
                    "highest": round(max(values), 6),
                    "rounds": len(values),
                }
                for side, values in self.figures.items()
            },
        }


def compare(
    case: str,
    setting: str,
    unit: str,
    sides: Sequence[str],
    measure: Callable[[str], float],
    rounds: int,
) -> Comparison:
    """Measure every side once a round, each round beginning with another side."""
    comparison = Comparison(case, setting, unit, {side: [] for side in sides})
    for turn in range(rounds):
        first = turn % len(sides)
        for side in [*sides[first:], *sides[:first]]:
            comparison.figures[side].append(measure(side))
    return comparison
