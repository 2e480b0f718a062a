"""A series in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import ForeignKey

from gapless_fields.rows.reading import MOST_KEYS
from gapless_fields.series.date_parts import DatePart, FiscalYear
from gapless_fields.series.scopes import Column

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.audit.targets import SharedSequence
    from gapless_fields.series.scopes import ScopePart
    from gapless_fields.series.series import Series

MOST_LENGTH = 60
"""The longest text of a related object."""


def describe(
    sequence: SharedSequence, series: Sequence[Series], connection: BaseDatabaseWrapper
) -> list[str]:
    """Return series in words, such as ``invoices: company ACME, year 2026``.

    A related object is called by its own ``str()``. One query reads up to 1,000 of them; where a
    sequence has more, and where the text cannot be had, its key stands there.
    """
    field = sequence.fields[0]
    columns = []
    for position, part in enumerate(field.scope_parts):
        texts = [one.scope[position] for one in series]
        columns.append(_part_in_words(part, field.model, texts, connection))
    return [
        f"{sequence.name}: {', '.join(parts)}" if parts else sequence.name
        for parts in (zip(*columns, strict=True) if columns else [()] * len(series))
    ]


def _part_in_words(
    part: ScopePart, model: Any, texts: Sequence[str | None], connection: BaseDatabaseWrapper
) -> list[str]:
    names: dict[Any, str] = {}
    if isinstance(part, Column):
        column = model._meta.get_field(part.columns[0])
        title = str(column.verbose_name)
        if isinstance(column, ForeignKey):
            names = _related(column, texts, connection)
        elif column.flatchoices:
            names = {str(value): str(label) for value, label in column.flatchoices}
    elif isinstance(part, DatePart):
        title = part.part.replace("_", " ")
    elif isinstance(part, FiscalYear):
        title = "fiscal year"
    else:
        title = type(part).__name__
    return [f"{title} {'(none)' if text is None else names.get(text, text)}" for text in texts]


def _related(
    column: Any, texts: Sequence[str | None], connection: BaseDatabaseWrapper
) -> dict[Any, str]:
    wanted = sorted({text for text in texts if text is not None})
    if not wanted or len(wanted) > MOST_KEYS:
        return {}
    target = column.target_field
    objects = column.related_model._base_manager.using(connection.alias)
    names: dict[Any, str] = {}
    size = connection.features.max_query_params or MOST_KEYS
    for start in range(0, len(wanted), size):
        keys = [target.to_python(text) for text in wanted[start : start + size]]
        for one in objects.filter(**{f"{target.attname}__in": keys}):
            try:
                name = " ".join(str(one).split())
            except Exception:  # noqa: BLE001, S112 (the project's own code: the key is enough)
                continue
            if len(name) > MOST_LENGTH:
                name = f"{name[: MOST_LENGTH - 1]}…"
            names[str(getattr(one, target.attname))] = name
    return names
