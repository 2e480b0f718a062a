"""Finds the lines of a project that number rows outside ``transaction.atomic()``.

Reads source files with ``ast``; runs and imports nothing of the project, and needs no Django::

    python -m gapless_fields.callsites PATH --model shop.models.Invoice

Import order, downward: ``targets``, ``sources``, ``definitions``, ``values``, ``vocabulary``,
``facts``, ``frame``, ``highest``, ``due``. Then the reader, one class in layers: ``names``,
``classes``, ``models``, ``relations``, ``attributes``, ``expressions``, ``admins``, ``modelforms``,
``wizards``, ``frameworks``, ``issuing``, ``rewrites``, ``inserts``, ``byhand``, ``saving``,
``methods``, ``builtin``, ``externals``, ``giving``, ``handing``, ``returns``, ``calls``,
``parameters``, ``assignments``, ``remembered``, ``narrowing``, ``branches``, ``statements``,
``transactions``. It yields facts about each function, from which ``tables``, ``callers``,
``routes``, ``entrypoints``, ``views``, ``surroundings`` and ``judge`` draw the verdicts.
``aliases`` and ``scan`` choose the files, ``report`` is the answer.
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
