"""An audit as one page of HTML, which a person can hand over, print and archive."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template import Context, Engine
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, get_language_bidi

from gapless_fields.audit.reports import Kind
from gapless_fields.audit.sentences import kinds, labels, limits, verdict
from gapless_fields.audit.strips import COLUMNS_OF_SMALL, doubles_of, shown, strip_of, voids_of
from gapless_fields.audit.texts import row_in_words
from gapless_fields.series.ranges import count

if TYPE_CHECKING:
    from gapless_fields.audit.audits import AuditReport
    from gapless_fields.audit.reports import Finding, SeriesReport, Void

TEMPLATES = Path(__file__).parent.parent / "templates"
MOST_LINES = 200
"""How many findings, and how many entries of the register, the page lists of one series."""
MOST_TEXT = 400
"""The longest text of a row that is no more, in characters."""


def render(report: AuditReport) -> str:
    """Return a page that needs nothing else: no network, no script, no font, no other file.

    It is in the language that is active. It does not depend on the ``TEMPLATES`` of the project.

    Args:
        report: what ``audit()`` has returned. If it has not been used, its rows are read now.

    Raises:
        DatabaseError, TimeZonesMissing: see ``AuditReport.run()``.
    """
    engine = Engine(dirs=[str(TEMPLATES)])
    template = engine.get_template("gapless_fields/audit_report.html")
    return template.render(Context(_page(list(report), report.metadata), use_l10n=False))


def _page(reports: Sequence[SeriesReport], metadata: dict[str, Any]) -> dict[str, Any]:
    found = {finding.kind for report in reports for finding in report.findings}
    complete = [report for report in reports if report.is_complete]
    since = metadata.get("since")
    return {
        "t": labels(),
        "lang": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
        "verdict": verdict(reports),
        "is_complete": len(complete) == len(reports),
        "at": ", ".join(_moment(metadata["started_at"])),
        "database": "{database} ({vendor} {vendor_version})".format(**metadata),
        "versions": (
            "gapless-fields {package_version}, Django {django_version}".format(**metadata)
        ),
        "since": since and date_format(since, "DATE_FORMAT"),
        "fields": sorted({field for report in reports for field in report.fields}),
        "totals": [
            (name, _grouped(value))
            for name, value in [
                ("series", len(reports)),
                ("rows", sum(report.rows for report in reports)),
                ("missing", sum(count(report.missing) for report in reports)),
                ("double", sum(count(doubles_of(report)) for report in reports)),
                ("void", sum(count(voids_of(report)) for report in reports)),
            ]
        ],
        "faulty": [section(report) for report in reports if not report.is_complete],
        "complete": [_line(report) for report in complete],
        "voided": [_register(report) for report in complete if report.voids],
        "meanings": [texts for kind, texts in kinds().items() if kind in found],
        "limits": limits(reports),
        "more": labels()["more"] % {"most": MOST_LINES},
    }


def section(report: SeriesReport) -> dict[str, Any]:
    """Return a series as the templates of its strip, figures and findings show it."""
    names = kinds()
    return {
        **_figures(report),
        "strip": strip_of(report),
        "findings": [_finding(finding, names) for finding in report.findings[:MOST_LINES]],
        "has_more_findings": len(report.findings) > MOST_LINES,
        "voided": [_register(report)] if report.voids else [],
    }


def _line(report: SeriesReport) -> dict[str, Any]:
    """Return a series without faults, which has a line of a table."""
    return {
        **_figures(report),
        "strip": strip_of(report, COLUMNS_OF_SMALL),
        "notes": [kinds()[finding.kind][0] for finding in report.findings],
    }


def _figures(report: SeriesReport) -> dict[str, Any]:
    return {
        "description": report.description,
        "fields": report.fields,
        "loops": report.loops,
        "start": report.initial_value,
        "first": "\N{EN DASH}" if report.first is None else report.first,
        "last": "\N{EN DASH}" if report.last is None else report.last,
        "counter": "\N{EN DASH}" if report.counter is None else report.counter,
        "rows": _grouped(report.rows),
        "missing": _grouped(count(report.missing)),
        "double": _grouped(count(doubles_of(report))),
        "void": _grouped(count(voids_of(report))),
    }


def _register(report: SeriesReport) -> dict[str, Any]:
    return {
        "description": report.description,
        "voids": [_void(void) for void in report.voids[:MOST_LINES]],
        "has_more_voids": len(report.voids) > MOST_LINES,
    }


def _finding(finding: Finding, names: dict[Kind, tuple[str, str]]) -> dict[str, Any]:
    return {
        "kind": finding.kind.name.lower(),
        "name": names[finding.kind][0],
        "is_fault": finding.is_fault,
        "numbers": "" if finding.numbers is None else shown(finding.numbers),
        "count": _grouped(finding.count) if finding.count else "",
        "rows": [(row_in_words(row), row.number) for row in finding.rows],
        "has_more": finding.kind is not Kind.MISSING and finding.count > len(finding.rows) > 0,
    }


def _void(void: Void) -> dict[str, Any]:
    date, time = _moment(void.recorded_at)
    return {
        "numbers": shown(void.numbers),
        "reason": void.reason,
        "by": void.by,
        "date": date,
        "time": time,
        "was": _row_as_it_was(void.row),
    }


def _row_as_it_was(row: Any) -> str:
    if row is None:
        return ""
    text = _flat(row) if isinstance(row, dict) else str(row)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"


def _flat(values: dict[str, Any]) -> str:
    return "; ".join(
        _flat(value) if isinstance(value, dict) else f"{name}: {_plain(value)}"
        for name, value in sorted(values.items(), key=_order)
    )


def _order(item: tuple[str, Any]) -> tuple[bool, bool, str]:
    """Return the place of a value. PostgreSQL and MySQL do not keep the order of JSON's names."""
    name, value = item
    return isinstance(value, dict), name != "model", name


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _moment(value: datetime.datetime) -> tuple[str, str]:
    """Return a date and a time in the active time zone, with its name."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return date_format(local, "DATE_FORMAT"), f"{local:%H:%M:%S} {local.tzname() or ''}".rstrip()


def _grouped(value: int) -> str:
    return number_format(value, force_grouping=True)
