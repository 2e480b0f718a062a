"""What an audit and the register say of one counter, as the templates show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapless_fields.audit.audits import audit_series
from gapless_fields.audit.books import void_of
from gapless_fields.audit.html import MOST_LINES, section
from gapless_fields.audit.sentences import labels, verdict
from gapless_fields.audit.strips import shown
from gapless_fields.exceptions import TimeZonesMissing
from gapless_fields.models import RegisterEntry

if TYPE_CHECKING:
    from gapless_fields.models import Counter
    from gapless_fields.series.series import Series

MOST_VOIDS = 100
"""How many entries of the register a page lists."""


def examine(series: Series, using: str) -> dict[str, Any]:
    """Audit one series, and return what its page shows.

    All of its rows are counted, in one transaction in which nothing is written.

    Args:
        series: a series that fields share.
        using: the alias of the database.
    """
    audit = audit_series(series, using)
    try:
        reports = list(audit)
    except TimeZonesMissing as error:
        return {"problem": str(error)}
    return {
        "verdict": verdict(reports),
        "is_complete": audit.is_complete,
        "series": [section(report) for report in reports],
        "at": audit.started_at,
        "more": labels()["more"] % {"most": MOST_LINES},
    }


def voids_of(counter: Counter, using: str) -> dict[str, Any]:
    """Return the entries of the register that void numbers of a series, the newest first.

    What a voided row was is left out: not everybody who may view counters may view the row.

    Args:
        counter: the counter of the series.
        using: the alias of the database.
    """
    entries = RegisterEntry._base_manager.using(using).filter(
        kind=RegisterEntry.Kind.VOID, key=counter.key
    )
    some = list(entries.order_by("-pk")[: MOST_VOIDS + 1])
    voids = [void for void in map(void_of, some[:MOST_VOIDS]) if void is not None]
    return {
        "lines": [
            {"numbers": shown(void.numbers), "reason": void.reason, "by": void.by}
            | {"at": void.recorded_at}
            for void in voids
        ],
        "has_more": len(some) > MOST_VOIDS,
    }
