"""Finds the lines of a project that number rows outside ``transaction.atomic()``.

Reads source files with ``ast``; runs and imports nothing of the project, and needs no Django::

    python -m gapless_fields.callsites PATH --model shop.models.Invoice

Import order, downward: ``targets``, ``sources``, ``definitions``, ``values``, ``vocabulary``,
``facts``; the layers of the reader from ``names`` to ``transactions``; ``routes``,
``entrypoints``, ``verdicts``; ``scan``, ``report``.
"""

from __future__ import annotations

from gapless_fields.callsites.report import Finding, Report, find_callsites
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.verdicts import INSIDE, OUTSIDE, UNKNOWN

__all__ = [
    "INSIDE",
    "OUTSIDE",
    "UNKNOWN",
    "Finding",
    "Options",
    "Report",
    "Target",
    "find_callsites",
]
