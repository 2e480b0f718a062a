"""Reports as text: for a terminal, as CSV and as what JSON accepts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

from gapless_fields.audit.reports import Kind

if TYPE_CHECKING:
    from gapless_fields.audit.reports import Finding, Row, SeriesReport

WIDTH = 40
"""How wide the series is in a table."""

CSV_COLUMNS = (
    *("sequence", "scope", "description", "rows", "first", "last", "counter", "voids"),
    *("finding", "is_fault", "first_number", "last_number", "count", "found_in"),
)


def in_words(finding: Finding) -> str:
    """Return a finding as a line of text."""
    text = str(finding.kind)
    if finding.numbers is not None:
        text += f" {finding.numbers}"
        if finding.numbers.first != finding.numbers.last:
            text += f" ({finding.count:,} {_noun(finding)})"
        elif finding.count > 1:
            text += f" ({finding.count:,} rows)"
    elif finding.count:
        text += f" ({finding.count:,} {'row' if finding.count == 1 else 'rows'})"
    if finding.rows:
        text += f": {_preposition(finding)}{' and '.join(map(row_in_words, finding.rows[:2]))}"
        if len(finding.rows) > 2:
            text += ", …"
    return text


def _noun(finding: Finding) -> str:
    is_about_numbers = finding.kind in (Kind.MISSING, Kind.VOID_IN_USE)
    noun = "number" if is_about_numbers else "row"
    return noun if finding.count == 1 else f"{noun}s"


def _preposition(finding: Finding) -> str:
    if finding.kind is not Kind.MISSING or finding.numbers is None:
        return ""
    if len(finding.rows) > 1:
        return "between "
    number = finding.rows[0].number
    return "after " if number is not None and number < finding.numbers.first else "before "


def row_in_words(row: Row) -> str:
    """Return the model and the key of a row."""
    return f"{row.model} {_key(row)}"


def _key(row: Row) -> str:
    return "/".join(map(str, row.key)) if isinstance(row.key, tuple) else str(row.key)


def table(reports: Iterable[SeriesReport]) -> Iterator[str]:
    """Yield the lines of a table, with the findings under their series."""
    yield f"{'Series':{WIDTH}} {'Rows':>11} {'First':>8} {'Last':>11} {'Counter':>11}  Result"
    for report in reports:
        title = report.description
        if len(title) > WIDTH:
            yield title
            title = ""
        faults = len(report.faults)
        result = f"{faults} {'fault' if faults == 1 else 'faults'}" if faults else "complete"
        if report.loops and not faults:
            result = "loops"
        yield (
            f"{title:{WIDTH}} {report.rows:>11,} {_number(report.first):>8}"
            f" {_number(report.last):>11} {_number(report.counter):>11}  {result}"
        )
        for void in report.voids:
            yield f"    void {void.numbers}: {void.reason}"
        for finding in report.findings:
            yield f"  {'!' if finding.is_fault else ' '} {in_words(finding)}"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def write_csv(reports: Iterable[SeriesReport], output: IO[str]) -> None:
    """Write a line for each finding, and one for each series without any."""
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for report in reports:
        scope = "/".join("" if text is None else text for text in report.scope)
        voids = " ".join(str(void.numbers) for void in report.voids)
        own = [report.sequence, scope, report.description]
        own += [report.rows, report.first, report.last, report.counter, voids]  # type: ignore[list-item]
        for finding in report.findings or [None]:
            writer.writerow([*own, *_finding_columns(finding)])


def _finding_columns(finding: Finding | None) -> list[Any]:
    if finding is None:
        return [""] * 6
    numbers = finding.numbers
    return [
        str(finding.kind),
        "yes" if finding.is_fault else "no",
        "" if numbers is None else numbers.first,
        "" if numbers is None else numbers.last,
        finding.count,
        "; ".join(map(row_in_words, finding.rows)),
    ]


def as_dict(report: SeriesReport) -> dict[str, Any]:
    """Return a report as what ``json.dumps()`` accepts."""
    return {
        "sequence": report.sequence,
        "scope": list(report.scope),
        "description": report.description,
        "fields": list(report.fields),
        "initial_value": report.initial_value,
        "loops": report.loops,
        "first": report.first,
        "last": report.last,
        "rows": report.rows,
        "counter": report.counter,
        "is_complete": report.is_complete,
        "voids": [
            {
                "first": void.numbers.first,
                "last": void.numbers.last,
                "reason": void.reason,
                "by": void.by,
                "recorded_at": void.recorded_at.isoformat(),
                "row": void.row,
            }
            for void in report.voids
        ],
        "findings": [
            {
                "kind": str(finding.kind),
                "is_fault": finding.is_fault,
                "first": None if finding.numbers is None else finding.numbers.first,
                "last": None if finding.numbers is None else finding.numbers.last,
                "count": finding.count,
                "rows": [
                    {"model": row.model, "field": row.field, "key": _plain(row.key)}
                    | {"number": row.number}
                    for row in finding.rows
                ],
            }
            for finding in report.findings
        ],
    }


def _plain(key: Any) -> Any:
    if isinstance(key, tuple):
        return [_plain(part) for part in key]
    return key if isinstance(key, int | str) or key is None else str(key)
