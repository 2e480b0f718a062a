"""W2xx: the lines of the project that number rows outside ``transaction.atomic()``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage

from gapless_fields import conf
from gapless_fields.checks.messages import warning
from gapless_fields.registry import all_numbered_fields

if TYPE_CHECKING:
    from gapless_fields.callsites import Finding


def check_callsites(**kwargs: Any) -> list[CheckMessage]:
    """Read the project's code, unless ``CHECK_CALLSITES`` is False or no model is numbered."""
    if not conf.check_callsites() or next(all_numbered_fields(), None) is None:
        return []
    # Not before: 25 modules that only this check needs.
    from gapless_fields.project import project_callsites

    return [message for finding in project_callsites().findings for message in _message(finding)]


def _message(finding: Finding) -> Iterator[CheckMessage]:
    from gapless_fields.callsites import OUTSIDE

    numbering = finding.kind in ("insert", "take")
    if numbering and finding.verdict != OUTSIDE:
        return
    where = f"{finding.path}:{finding.line}"
    if finding.accepted:
        return
    if finding.accepted is not None:
        yield warning(
            205,
            where,
            "This line is accepted without a reason.",
            'Write down why it is right: "# gapless: ok: the reason".',
        )
        return
    model, fields = _names(finding)
    block = f"transaction.atomic({_using(finding)})"
    if finding.kind == "insert":
        yield warning(
            201,
            where,
            f"{finding.call} numbers a row of {model} ({fields}) outside transaction.atomic(): "
            f"{finding.because}.",
            f'Put the whole step into one block, "with {block}:". If the line is right, say why '
            'in a comment on it: "# gapless: ok: the reason".',
        )
    elif finding.kind == "take":
        yield warning(
            202,
            where,
            f"{finding.call} takes a number outside transaction.atomic(): {finding.because}.",
            f'Take it in the block that writes it, "with {block}:". If the line is right, say '
            'why in a comment on it: "# gapless: ok: the reason".',
        )
    elif finding.kind == "conflicts":
        yield warning(
            203,
            where,
            f"{finding.call} of {model} ({fields}) is told to pass over conflicts, which raises "
            "OnConflictNotSupported: the numbers of the rows that are passed over would be lost.",
            "Leave out ignore_conflicts and update_conflicts; find the existing rows first, or "
            "use update_or_create().",
        )
    else:
        yield warning(
            204,
            where,
            f"{finding.call} writes over {fields} of {model}: numbers may become double, and "
            "leave gaps.",
            "Leave the number alone; rows that bring theirs along are created inside "
            "accept_numbers().",
        )


def _names(finding: Finding) -> tuple[str, str]:
    """How a message calls the model and its fields."""
    target = finding.target
    if target is None:
        return str(finding.model), "number"
    return target.label, ", ".join(target.fields)


def _using(finding: Finding) -> str:
    using = finding.using
    return "" if using in (None, "default", "*") else f'using="{using}"'
