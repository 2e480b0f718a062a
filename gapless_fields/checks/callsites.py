"""W2xx: the lines of the project that number rows outside ``transaction.atomic()``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage

from gapless_fields import conf
from gapless_fields.checks.advice import advice
from gapless_fields.checks.messages import warning
from gapless_fields.checks.scopes import columns_of
from gapless_fields.series.numbered_field import NumberedField
from gapless_fields.series.registry import all_numbered_fields, numbered_fields

if TYPE_CHECKING:
    from gapless_fields.callsites import Finding

_ACCEPT = 'If the line is right, say why in a comment on it: "# gapless: ok: the reason".'


def check_callsites(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Read the project's code, unless ``CHECK_CALLSITES`` is False or no model is numbered.

    All of it is read also for ``manage.py check shop``, because callers decide. Only the lines of
    those applications are reported.
    """
    if not conf.check_callsites() or next(all_numbered_fields(), None) is None:
        return []
    # Imported here, because only this check needs these 25 modules.
    from gapless_fields.checks.project import project_callsites

    findings = project_callsites().findings
    if app_configs is not None:
        folders = [Path(config.path).resolve() for config in app_configs]
        base = Path.cwd()
        findings = [
            finding
            for finding in findings
            if not set(folders).isdisjoint((base / finding.path).parents)
        ]
    return [message for finding in findings for message in _message(finding)]


def _message(finding: Finding) -> Iterator[CheckMessage]:
    from gapless_fields.callsites import OUTSIDE

    numbering = finding.kind in ("insert", "update", "take")
    if numbering and finding.verdict != OUTSIDE:
        return
    where = f"{finding.path}:{finding.line}"
    rewritten = list(_rewritten(finding, where)) if finding.kind == "rewrite" else []
    if finding.kind == "rewrite" and not rewritten:
        return
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
    if finding.kind in ("insert", "update"):
        yield warning(
            201,
            where,
            f"{finding.call} numbers a row of {model} ({fields}) outside transaction.atomic(): "
            f"{finding.because}.",
            f"{advice(finding, 'Put the whole step into one block')} {_ACCEPT}",
        )
    elif finding.kind == "take":
        yield warning(
            202,
            where,
            f"{finding.call} takes a number outside transaction.atomic(): {finding.because}.",
            f"{advice(finding, 'Take it in the block that writes it')} {_ACCEPT}",
        )
    elif finding.kind == "conflicts":
        yield warning(
            203,
            where,
            f"{finding.call} of {model} ({fields}) uses ignore_conflicts or update_conflicts: it "
            "raises OnConflictNotSupported, because the numbers of skipped rows would be lost.",
            "Leave out ignore_conflicts and update_conflicts; find the existing rows first, or "
            "use update_or_create().",
        )
    elif finding.kind == "by hand":
        field = ", ".join(finding.columns)
        yield warning(
            206,
            where,
            f"{finding.call} computes the next number of {model} by hand: two transactions that do "
            f"so at once compute the same one. The field {field} gives the number.",
            "Leave it out: the number is there once the row is saved. If the line is right, say "
            'why in a comment on it: "# gapless: ok: the reason".',
        )
    yield from rewritten


def _rewritten(finding: Finding, where: str) -> Iterator[CheckMessage]:
    """Yield findings for an UPDATE of many rows that overwrites numbers, or a series' columns."""
    if finding.target is None:
        return
    model = apps.get_model(finding.target.label)
    fields = numbered_fields(model)
    numbers = [field.name for field in fields if field.name in finding.columns]
    if numbers:
        yield warning(
            204,
            where,
            f"{finding.call} writes over {', '.join(numbers)} of {model._meta.label}: it is "
            "refused with NumberChanged if it would change the number of a row.",
            "Do not write the number. To import rows with their own numbers, create them inside "
            "accept_numbers().",
        )
    moved: dict[str, None] = {}
    moving: list[NumberedField] = []
    for field in fields:
        columns = [column for part in field.scope for column in columns_of(part, model)]
        names = {name for column in columns for name in (column.name, column.attname)}
        written = [name for name in finding.columns if name in names]
        if written:
            moved |= dict.fromkeys(written)
            moving.append(field)
    if moving:
        drafts = ", ".join(f"{field.name}=None" for field in moving if field.null)
        yield warning(
            204,
            where,
            f"{finding.call} writes over {', '.join(moved)} of {model._meta.label}, on which the "
            f"series of {', '.join(field.name for field in moving)} depends: it is refused with "
            "ScopeChanged if a row has its number.",
            (f"Update drafts alone: .filter({drafts}). " if drafts else "")
            + f"Cancel a row that has its number, and issue another one. {_ACCEPT}",
        )


def _names(finding: Finding) -> tuple[str, str]:
    """Return how a message names the model and its fields."""
    target = finding.target
    if target is None:
        return str(finding.model), "number"
    return target.label, ", ".join(target.fields)
