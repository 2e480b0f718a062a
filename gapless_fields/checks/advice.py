"""What to do about a line outside ``transaction.atomic()``, by where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapless_fields.callsites import Finding


def advice(finding: Finding, what: str) -> str:
    """Return how to open the transaction.

    Args:
        finding: the call that numbers a row, or takes a number.
        what: what to do, for a line where a ``with`` block will do: "Put … into one block".
    """
    from gapless_fields.callsites.judging import places

    using = _using(finding)
    block = f'"with transaction.atomic({using}):"'
    decorator = f"transaction.atomic({using})" if using else "transaction.atomic"
    match finding.place:
        case places.COROUTINE:
            return (
                "atomic() cannot be used in a coroutine. Put the whole step into a function that "
                f'is not async, with "@{decorator}", and call it by "await sync_to_async(step)()".'
            )
        case places.EDITING_VIEW | places.API_VIEW:
            hook = "perform_update" if finding.kind == "update" else "perform_create"
            hook = "form_valid" if finding.place == places.EDITING_VIEW else hook
            return (
                f'Decorate the view with "@method_decorator({decorator}, name="dispatch")", or '
                f"open the block in its {hook}(), {block}, or set ATOMIC_REQUESTS for the database."
            )
        case places.COMMAND:
            return f"{what}, in handle(): {block}."
    return f"{what}, {block}."


def _using(finding: Finding) -> str:
    using = finding.using
    return "" if using in (None, "default", "*") else f'using="{using}"'
