"""Finds the lines of a project that number rows outside ``transaction.atomic()``.

Reads source files with ``ast``; runs and imports nothing of the project, and needs no Django::

    python -m gapless_fields.callsites PATH --model shop.models.Invoice

The rooms, from the lowest: ``files`` finds and parses them. ``engine`` knows Python alone: it reads
functions, and asks the ``rules`` what things mean to a framework. ``search`` chooses what is read,
and finds the callers of a function. ``judging`` draws the verdicts, ``faces`` shows them.
"""

from __future__ import annotations

from gapless_fields.callsites.faces.report import Finding, Report, find_callsites
from gapless_fields.callsites.judging.verdicts import INSIDE, OUTSIDE, UNKNOWN
from gapless_fields.callsites.targets import Options, Target

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
