"""E008 to E014 and W001: what divides a sequence into series, and when rows are numbered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage
from django.core.exceptions import FieldDoesNotExist
from django.db import connections
from django.db.models import AutoField, BinaryField, F, Field, JSONField, Q, UniqueConstraint
from django.db.models.fields import NOT_PROVIDED

from gapless_fields.checks.messages import error, warning
from gapless_fields.columns import is_date
from gapless_fields.conditions import When
from gapless_fields.scopes import DATE_PARTS, ScopePart

if TYPE_CHECKING:
    from gapless_fields.fields import GaplessSequenceField

_WITHIN = {"quarter": {"year"}, "month": {"year"}, "week": {"iso_year"}, "day": {"year", "month"}}
"""The parts of a date that repeat, and those that tell their occurrences apart."""


def check_scope(field: GaplessSequenceField) -> Iterator[CheckMessage]:
    """Check what divides the sequence into series."""
    problems = [*_check_parts(field)]
    yield from problems
    if problems or not field.scope:
        return
    yield from _check_repeating(field)
    if field.unique:
        yield error(
            14,
            field,
            "The number is unique by itself, but each series has a number 1.",
            "Remove unique=True, and add a UniqueConstraint over the scope and the number.",
        )
    elif field.reset_value is None and not _has_constraint(field):
        yield warning(
            1,
            field,
            "No unique constraint covers the scope and the number.",
            f"Add to Meta.constraints: {_constraint(field)}.",
        )


def check_when(field: GaplessSequenceField) -> Iterator[CheckMessage]:
    """Check when rows are numbered."""
    if field.when is None:
        return
    if not field.null:
        yield error(
            12,
            field,
            "A field with 'when' leaves rows without a number, and is not null=True.",
            "Set null=True.",
        )
    try:
        if not isinstance(field.when, str | Q):
            raise TypeError(f"it is {field.when!r}")
        attnames = When(field.when, field.model).attnames
    except (FieldDoesNotExist, TypeError, ValueError) as problem:
        yield error(
            13,
            field,
            f"'when' is not a condition on the row's own columns: {problem}.",
            "Name a column, or use a Q of exact, in and isnull lookups.",
        )
        return
    for column in field.model._meta.concrete_fields:
        if column.attname in attnames:
            yield from _check_column(field, column, "when", 13)


def _check_parts(field: GaplessSequenceField) -> Iterator[CheckMessage]:
    for part in field.scope:
        if not isinstance(part, str | ScopePart) or (
            isinstance(part, ScopePart) and not part.columns
        ):
            yield error(
                8,
                field,
                f"'scope' holds {part!r}, which names no column.",
                'Use names of columns, "column__year" and the like, and ScopeParts with columns.',
            )
            continue
        names = [part.partition("__")[0]] if isinstance(part, str) else part.columns
        for name in names:
            try:
                column: Any = field.model._meta.get_field(name)
            except FieldDoesNotExist:
                column = None
            if column is None or not column.concrete or column.many_to_many:
                yield error(
                    8,
                    field,
                    f"'scope' names {name!r}, which is not a column of {field.model._meta.label}.",
                    "Use the names of the model's own columns.",
                )
                continue
            yield from _check_column(field, column, "scope", 8)
            if isinstance(part, str) and "__" in part:
                yield from _check_transform(field, column, part)


def _check_column(
    field: GaplessSequenceField, column: Field[Any, Any], option: str, number: int
) -> Iterator[CheckMessage]:
    if column.model is not field.model:
        yield error(
            number,
            field,
            f"'{option}' names {column.name!r}, which is a column of {column.model._meta.label}.",
            f"Declare the numbered field on {column.model._meta.label} too: a row's number and "
            "what it depends on are written together.",
        )
    elif isinstance(column, JSONField | BinaryField):
        yield error(
            number,
            field,
            f"'{option}' names {column.name!r}, whose values have no exact text.",
            "Use a column of text, numbers, dates or the like.",
        )
    elif (
        getattr(column, "auto_now", False)
        or getattr(column, "auto_now_add", False)
        or column.generated
        or column.db_default is not NOT_PROVIDED
        or isinstance(column, AutoField)
    ):
        yield error(
            11,
            field,
            f"'{option}' names {column.name!r}, whose value is not known before the row is "
            "written.",
            "Use a column that the code sets; a default is one too: default=timezone.localdate.",
        )


def _check_transform(
    field: GaplessSequenceField, column: Field[Any, Any], part: str
) -> Iterator[CheckMessage]:
    transform = part.partition("__")[2]
    known = transform in DATE_PARTS and column.get_transform(transform) is not None
    if not (is_date(column) and known):
        names = [name for name in DATE_PARTS if column.get_transform(name) is not None]
        yield error(
            9,
            field,
            f"'scope' names {part!r}, and {column.name!r} has no such part.",
            f"Its parts are {', '.join(names)}." if is_date(column) else "Only dates have parts.",
        )


def _check_repeating(field: GaplessSequenceField) -> Iterator[CheckMessage]:
    whole = {name for part in field.scope if isinstance(part, ScopePart) for name in part.columns}
    parts: dict[str, set[str]] = {}
    for name in field.scope:
        if isinstance(name, str):
            column, _separator, transform = name.partition("__")
            parts.setdefault(column, set()).add(transform or "date")
    for column, present in parts.items():
        if "date" in present or column in whole:
            continue
        for transform in sorted(present):
            missing = _WITHIN.get(transform, set()) - present
            if missing:
                names = ", ".join(f'"{column}__{name}"' for name in sorted(missing))
                yield error(
                    10,
                    field,
                    f"'{column}__{transform}' repeats: its series would go on years later.",
                    f"Add {names} to the scope.",
                )


def _has_constraint(field: GaplessSequenceField) -> bool:
    """Whether a constraint covers the number, every column of the scope, and as many parts."""
    plain = {part for part in field.scope if isinstance(part, str) and "__" not in part}
    others = len(field.scope) - len(plain)
    meta = field.model._meta
    covered: list[list[str]] = [list(names) for names in meta.unique_together]
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            names = list(constraint.fields)
            for expression in constraint.expressions:
                inner = getattr(expression, "expression", expression)  # of an OrderBy
                names.append(getattr(inner, "name", "") if isinstance(inner, F) else repr(inner))
            covered.append(names)
    return any(
        field.name in names and plain <= set(names) and len(names) > len(plain) + others
        for names in covered
    )


def _constraint(field: GaplessSequenceField) -> str:
    plain = [part for part in field.scope if isinstance(part, str) and "__" not in part]
    name = f'name="{field.model._meta.model_name}_{field.name}_in_series"'
    if len(plain) == len(field.scope):
        fields = ", ".join(f'"{part}"' for part in [*plain, field.name])
        return f"UniqueConstraint(fields=[{fields}], {name})"
    parts = []
    for part in field.scope:
        column, _separator, transform = part.partition("__") if isinstance(part, str) else ("",) * 3
        if isinstance(part, ScopePart):
            parts.append(f"{type(part).__name__}(…).expression()")
        elif transform == "date":
            parts.append(f'TruncDate("{column}")')
        elif transform:
            parts.append(f'Extract{"".join(w.title() for w in transform.split("_"))}("{column}")')
        else:
            parts.append(f'"{column}"')
    text = f'UniqueConstraint({", ".join(parts)}, "{field.name}", {name})'
    if any(connections[alias].vendor == "mysql" for alias in connections):
        text += (
            "; MariaDB has no indexes of expressions: there, store the part of the date in a "
            "column of its own, a GeneratedField or one that save() sets, and name that"
        )
    return text
