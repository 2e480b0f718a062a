"""What the commands say of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapless_fields.rows.summary import Summary
    from gapless_fields.series.series import Series


def counted(series: Series, summary: Summary) -> str:
    """Return how many rows a series has, and what is wrong with them."""
    text = f"{summary.rows} {'row' if summary.rows == 1 else 'rows'}"
    if series.reset_value is None:
        text += f", {summary.missing} missing, {summary.double} double"
    return text


def compared(before: int | None, after: int | None, dry_run: bool) -> str:
    """Return how a counter was moved, from its last number before and after."""
    if after is None:
        return "unused"
    if before == after:
        return f"already right at {after}"
    moved = "would move" if dry_run else "moved"
    return f"{moved} from {'unused' if before is None else before} to {after}"
