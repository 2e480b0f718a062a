"""Names of sequences such as ``invoices-7-2026``, read as series of a field with a scope."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from string import Formatter
from typing import TYPE_CHECKING

from django.apps import apps as global_apps
from django.core.exceptions import ValidationError
from django.db.models import IntegerField

from gapless_fields.series.columns import check_exact
from gapless_fields.series.date_parts import DatePart, FiscalYear
from gapless_fields.series.scopes import Column
from gapless_fields.writing.backfill import numbered_field

if TYPE_CHECKING:
    from django.apps.registry import Apps

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.scopes import ScopePart
    from gapless_fields.series.series import Series

INTEGER = "-?[0-9]+|None"
ANYTHING = ".+"


class Pattern:
    """A pattern of names, and the field whose series they are.

    Args:
        text: the pattern, with one placeholder for each part of the field's scope: the name of the
            column (``{company}``), of the part of a date (``{issued_on__year}``), ``{fiscal}`` for
            a ``FiscalYear``, and the name of the class in lower case for another ``ScopePart``.
        target: the field, as ``app.Model`` or ``app.Model.field``.
        apps: the models. None means the project's. (A migration has its own.)

    Raises:
        LookupError: there is no such model.
        ValueError: the model has no such field, or the placeholders are not its scope.
    """

    def __init__(self, text: str, target: str, apps: Apps | None = None) -> None:
        self.text = text
        self.field = _field(target, apps or global_apps)
        self._positions, expression = self._parse()
        # What begins early ends late, and the other way round: if the two differ, the name can be
        # divided in several ways.
        self._expressions = [
            re.compile(expression, re.DOTALL),
            re.compile(expression.replace(f"({ANYTHING})", f"({ANYTHING}?)"), re.DOTALL),
        ]

    def __str__(self) -> str:
        return f'the pattern "{self.text}" of {self.field}'

    def series_of(self, name: str) -> Series | None:
        """Return the series that has a name in the old table. None: the name does not fit.

        A name fits if each column can hold its value.

        Raises:
            ValueError: the name can be divided in two ways.
        """
        found = set()
        for expression in self._expressions:
            match = expression.fullmatch(name)
            if match is not None:
                with suppress(ValidationError, ValueError):
                    found.add(self._scope(match.groups()))
        if len(found) > 1:
            raise ValueError(
                f'The sequence "{name}" fits {self} in two ways: the scope may be '
                f"{' or '.join(str(list(scope)) for scope in sorted(found, key=str))}. Rename it "
                f"in the old table, and choose a pattern that separates the values clearly."
            )
        return replace(self.field.series, scope=found.pop()) if found else None

    def _parse(self) -> tuple[list[int], str]:
        """Return which part of the scope each placeholder is, and a regular expression."""
        parts = [_names(part, self.field) for part in self.field.scope_parts]
        shown = ", ".join(f"{{{names[0]}}}" for names in parts) or "no placeholders"
        positions: list[int] = []
        expression = ""
        for literal, name, _format, _conversion in Formatter().parse(self.text):
            expression += re.escape(literal)
            if name is None:
                continue
            known = [position for position, names in enumerate(parts) if name in names]
            if len(known) != 1:
                raise ValueError(
                    f'There is no part "{name}" for {self} in the scope of the field. Use {shown}.'
                )
            if known[0] in positions:
                raise ValueError(f'"{name}" stands twice in {self}. Use {shown}, each once.')
            positions += known
            part = self.field.scope_parts[known[0]]
            integer = isinstance(part.output_field, IntegerField)
            expression += f"({INTEGER if integer else ANYTHING})"
        missing = [names[0] for position, names in enumerate(parts) if position not in positions]
        if missing:
            raise ValueError(
                f'"{missing[0]}" is missing in {self}, and without it the series is not known. '
                f"Use {shown}, each once."
            )
        return positions, expression

    def _scope(self, values: tuple[str, ...]) -> tuple[str | None, ...]:
        texts = dict(zip(self._positions, values, strict=True))
        parts = enumerate(self.field.scope_parts)
        return tuple(_canonical(part, self.field, texts[position]) for position, part in parts)


def _field(target: str, apps: Apps) -> NumberedField:
    label, *names = target.split(".")
    if not 1 <= len(names) <= 2:
        raise ValueError(f'"{target}" is neither an app.Model nor an app.Model.field.')
    return numbered_field(apps.get_model(label, names[0]), names[1] if len(names) == 2 else None)


def _names(part: ScopePart, field: NumberedField) -> tuple[str, ...]:
    """Return what a placeholder may call a part of a scope. The first is the usual one."""
    match part:
        case Column():
            return part.columns[0], part.attname
        case DatePart():
            return (f"{part.columns[0]}__{part.part}",)
        case FiscalYear():
            return ("fiscal",)
    return (type(part).__name__.lower(),)


def _canonical(part: ScopePart, field: NumberedField, text: str) -> str | None:
    """Return a value of a name as the text that identifies the field's own series.

    Raises:
        ValidationError, ValueError: the column cannot hold it.
    """
    if isinstance(part, Column):
        column = field.model._meta.get_field(part.columns[0])
        if text == "None" and column.null and not part.is_text:
            return None  # f"invoices-{company_id}" of a row without a company
        check_exact(part.output_field.to_python(text), part.output_field, str(column))
    return part.canonical(text)
