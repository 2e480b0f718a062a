"""What the page of an audit says in words, in the language that is active."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from gapless_fields.audit.reports import Kind

if TYPE_CHECKING:
    from gapless_fields.audit.reports import SeriesReport


def kinds() -> dict[Kind, tuple[str, str]]:
    """Return the name of each kind of finding, and what it means."""
    return {
        Kind.MISSING: (
            _("Missing"),
            _(
                "No row carries the number, and no entry of the register says why. The rows "
                "nearby are those before and after it."
            ),
        ),
        Kind.DOUBLE: (_("Double"), _("More than one row carries the number.")),
        Kind.ABOVE_COUNTER: (
            _("Above the counter"),
            _("A row carries a number that has not been given yet."),
        ),
        Kind.BELOW_START: (
            _("Below the start"),
            _("A row carries a number below the first one of the series."),
        ),
        Kind.UNNUMBERED: (
            _("Without a number"),
            _("A row has no number, although it must have one."),
        ),
        Kind.WRONG_TEXT: (
            _("Wrong text"),
            _("The stored text of a row does not show its number, or one of the two is missing."),
        ),
        Kind.NO_COUNTER: (
            _("No counter"),
            _("Rows carry numbers, and nothing says which number was given last."),
        ),
        Kind.NO_ROWS: (_("No rows"), _("Numbers were given, and no row carries one.")),
        Kind.NOT_CHRONOLOGICAL: (
            _("Out of order"),
            _("A row has an earlier date than a row with a lower number."),
        ),
        Kind.VOID_IN_USE: (
            _("Void, but in use"),
            _("A row carries a number that is void according to the register."),
        ),
    }


def verdict(reports: Iterable[SeriesReport]) -> str:
    """Return the one sentence that everybody reads."""
    series = list(reports)
    faults = [len(report.faults) for report in series if report.faults]
    if len(faults) == sum(faults) == 1:
        return _("1 fault in 1 of %(series)s series") % {"series": len(series)}
    if faults:
        values = {"faults": sum(faults), "faulty": len(faults), "series": len(series)}
        return _("%(faults)s faults in %(faulty)s of %(series)s series") % values
    if not series:
        return _("Nothing to audit: no number has been given")
    if all(report.loops for report in series):
        return _("No fault was found")
    return _("Complete: no number is missing, and none is double")


def limits(reports: Iterable[SeriesReport]) -> list[str]:
    """Return what the method cannot see."""
    sentences = [
        _(
            "The last rows of a series, if they were deleted and the counter was set back to the "
            "row before them. A series whose rows and counter are both gone is not seen at all."
        ),
        _(
            "What a restored backup has lost. Its rows and its counters are of the same moment, "
            "so that numbers given after it are given again."
        ),
        _(
            "A row that was changed in place, or deleted and inserted again with its number. The "
            "audit reads numbers, not what else the rows say. Where the database protects the "
            "numbers, it refuses such changes of them."
        ),
        _("Tables outside this project, other databases, and fields that are not named above."),
        _(
            "Whether the register tells the truth. A number that it says is void is not missing; "
            "a person must judge the reason."
        ),
        _(
            "What an administrator of the database has done with the rights to change everything: "
            "rows, counters, the register and the protection together."
        ),
    ]
    if any(report.loops for report in reports):
        sentences.append(
            _("Missing and double numbers of a series that starts again: its numbers repeat.")
        )
    return sentences


def labels() -> dict[str, str]:
    """Return the headings and other short texts of the page."""
    return {
        "title": _("Audit of numbers"),
        "about": _("About this audit"),
        "at": _("Numbers as of"),
        "database": _("Database"),
        "versions": _("Audited by"),
        "fields": _("Fields"),
        "since": _("Only series with a row since"),
        "series": _("Series"),
        "rows": _("Rows"),
        "first": _("First"),
        "last": _("Last"),
        "counter": _("Counter"),
        "start": _("Starts with"),
        "missing": _("Missing"),
        "void": _("Void"),
        "double": _("Double"),
        "given": _("Given"),
        "other": _("Another fault"),
        "legend": _("How to read the strips"),
        "faulty": _("Series with faults"),
        "complete": _("Series without faults"),
        "findings": _("Findings"),
        "finding": _("Finding"),
        "numbers": _("Numbers"),
        "count": _("Count"),
        "nearby": _("Rows to look at"),
        "number": _("number"),
        "note": _("note"),
        "register": _("Register of void numbers"),
        "reason": _("Reason"),
        "by": _("By"),
        "when": _("When"),
        "was": _("What the row was"),
        "meanings": _("What the findings mean"),
        "limits": _("What this method cannot see"),
        "method": _("How it was done"),
        "how": _(
            "The numbers were read from the rows themselves and compared with the counters and the "
            "register. All of it was read in one transaction, and nothing was written. In each "
            "series, every number from the first to the last that was given must be carried by "
            "one row, or be void according to the register."
        ),
        "picture": _("Picture"),
        "repeats": _("repeats"),
        "more": _(
            'This page lists the first %(most)s of them. "manage.py audit_sequences --format json" '
            "lists all."
        ),
        "scale": _("A mark is never thinner than a line, however many numbers there are."),
        "empty": _("No number was given."),
    }
