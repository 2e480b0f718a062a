"""Which fields an audit reads: all that share a sequence with what it was asked about."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db.models import DateField, DateTimeField
from django.utils import timezone

from gapless_fields.series.date_parts import DatePart, FiscalYear
from gapless_fields.series.numbered_field import NumberedField
from gapless_fields.series.registry import all_numbered_fields, fields_of_sequence, numbered_fields

if TYPE_CHECKING:
    from django.db.models import Model

    Target = type[Model] | NumberedField | str

LONGEST_PERIOD = datetime.timedelta(days=367)
"""A year, and a day for the time zone."""


class SharedSequence(NamedTuple):
    """The fields that share a sequence."""

    name: str
    fields: tuple[NumberedField, ...]

    @property
    def depth(self) -> int:
        """How many values the scope of each of its series has."""
        return len(self.fields[0].scope)


def find_sequences(targets: Iterable[Target], using: str) -> list[SharedSequence]:
    """Return the sequences of these fields, each with all fields that share it.

    Args:
        targets: models, numbered fields, or texts such as ``shop.Invoice`` or
            ``shop.Invoice.number``. None of them means every numbered field.
        using: the alias of the database.

    Raises:
        LookupError: there is no such model.
        ValueError: a target has no numbers in that database.
    """
    targets = list(targets)
    wanted = dict.fromkeys(
        field.sequence for target in targets for field in _fields_of(target)
    ) or dict.fromkeys(field.sequence for field in all_numbered_fields(using))
    found: list[SharedSequence] = []
    for name in sorted(wanted):
        fields = list(fields_of_sequence(name, using))
        if not fields:
            raise ValueError(f'no table of the database "{using}" has numbers of "{name}"')
        for depth in sorted({len(field.scope) for field in fields}):  # the check E006 reports two
            found.append(SharedSequence(name, tuple(f for f in fields if len(f.scope) == depth)))
    return found


def _fields_of(target: Target) -> list[NumberedField]:
    if isinstance(target, NumberedField):
        return [target]
    name = None
    if isinstance(target, str):
        label, *rest = target.split(".")
        if not 1 <= len(rest) <= 2:
            raise ValueError(f'"{target}" is neither an app.Model nor an app.Model.field')
        model: Any = apps.get_model(label, rest[0])
        name = rest[1] if len(rest) == 2 else None
    else:
        model = target
    fields = [field for field in numbered_fields(model) if name in (None, field.name)]
    if not fields:
        what = model._meta.label if name is None else f"{model._meta.label}.{name}"
        raise ValueError(f"{what} has no GaplessSequenceField")
    return fields


def date_column(field: NumberedField) -> str | None:
    """Return the date of a row's number: the chronological one, or that of its scope."""
    chronological: str | None = getattr(field, "chronological", None)
    if chronological:
        return chronological
    for part in field.scope_parts:
        if isinstance(part, DatePart | FiscalYear):
            return part.columns[0]
        for name in part.columns:
            if isinstance(field.model._meta.get_field(name), DateField):
                return name
    return None


def oldest_date(field: NumberedField, since: datetime.date) -> datetime.date | None:
    """Return a date before all rows of a series that has a row since a date, or None.

    The rows of a series of one year, or of a part of it, are not older than a year. The table's
    index on the column can then find them.
    """
    name = date_column(field)
    for part in field.scope_parts:
        is_year = isinstance(part, FiscalYear) or (
            isinstance(part, DatePart) and part.part in ("year", "iso_year", "date")
        )
        if is_year and part.columns[0] == name and since > datetime.date.min + LONGEST_PERIOD:
            return in_column(field, since - LONGEST_PERIOD)
    return None


def in_column(field: NumberedField, date: datetime.date) -> datetime.date:
    """Return a date as the column of ``date_column()`` holds it: the beginning of that day."""
    if not isinstance(field.model._meta.get_field(str(date_column(field))), DateTimeField):
        return date
    moment = datetime.datetime.combine(date, datetime.time())
    if not settings.USE_TZ:
        return moment
    return timezone.make_aware(moment, timezone.get_default_timezone())


def refuse_without_date(sequences: Iterable[SharedSequence]) -> None:
    """Refuse to look for the series that have been given numbers since a date.

    Raises:
        ValueError: nothing says when a row was numbered.
    """
    for sequence in sequences:
        for field in sequence.fields:
            if date_column(field) is None:
                raise ValueError(
                    f"{field} has no date in its scope and is not chronological, so nothing says "
                    f"which of its rows are new. Leave out the date, or name other fields."
                )
