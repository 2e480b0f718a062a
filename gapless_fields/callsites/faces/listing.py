"""The report as people and programs read it."""

from __future__ import annotations

import json

from gapless_fields.callsites.faces.report import Report


def as_json(report: Report) -> str:
    """A list of ``{path, line, model, call, verdict, because}``."""
    return json.dumps([finding.as_dict() for finding in report.callsites], indent=2) + "\n"


def as_text(report: Report) -> str:
    """A line for each call, and one for each file that was skipped."""
    rows = [finding.as_dict() for finding in report.callsites]
    lines = ["{path}:{line}: {verdict}: {call}: {because}\n".format(**row) for row in rows]
    return "".join(lines) + notes(report)


def notes(report: Report) -> str:
    """What could not be read, a line each."""
    skipped = [f"{path}: skipped: {why}\n" for path, why in report.notes]
    missing = [f"{target.path}: no such class in the source\n" for target in report.missing]
    return "".join(skipped + missing)
