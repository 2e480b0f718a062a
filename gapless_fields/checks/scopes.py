"""E008 to E014, E016 and W001: what divides a sequence, and when rows are numbered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import AutoField, BinaryField, Field, FloatField, JSONField, Model, Q
from django.db.models.fields import NOT_PROVIDED

from gapless_fields.checks.constraints import constraint_for, has_constraint
from gapless_fields.checks.messages import error, warning
from gapless_fields.series.columns import is_date
from gapless_fields.series.date_parts import DATE_PARTS
from gapless_fields.series.scopes import ScopePart
from gapless_fields.series.when import Condition

if TYPE_CHECKING:
    from gapless_fields.series.numbered_field import NumberedField

_WITHIN = {"quarter": {"year"}, "month": {"year"}, "week": {"iso_year"}, "day": {"year", "month"}}
"""The parts of a date that repeat, and those that tell their occurrences apart."""


def check_scope(field: NumberedField) -> Iterator[CheckMessage]:
    """Check what divides the sequence into series."""
    problems = [*check_parts(field)]
    yield from problems
    if problems or not field.scope:
        return
    yield from _check_repeating(field)
    yield from _check_deletions(field)
    if field.unique:
        yield error(
            14,
            field,
            "The number is unique by itself, but each series has a number 1.",
            "Remove unique=True, and add a UniqueConstraint over the scope and the number.",
        )
    elif field.reset_value is None and not has_constraint(field):
        yield warning(
            1,
            field,
            "No unique constraint covers the scope and the number.",
            f"Add to Meta.constraints: {constraint_for(field)}.",
        )


def columns_of(part: str | ScopePart, model: type[Model]) -> Iterator[Field[Any, Any]]:
    """Yield the columns that a part of a scope depends on, except those that E008 reports."""
    names = part.columns if isinstance(part, ScopePart) else (str(part).partition("__")[0],)
    for name in names:
        try:
            column: Any = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if column.concrete and not column.many_to_many:
            yield column


def check_when(field: NumberedField) -> Iterator[CheckMessage]:
    """Check when rows are numbered."""
    if field.when is None:
        return
    if not field.null:
        yield error(
            12,
            field,
            "A field with 'when' leaves rows without a number, but is not null=True.",
            "Set null=True.",
        )
    try:
        if not isinstance(field.when, str | Q):
            raise TypeError(f"it is {field.when!r}")
        attnames = Condition(field.when, field.model).attnames
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
            yield from check_column(field, column, "when", 13)


def check_parts(field: NumberedField) -> Iterator[CheckMessage]:
    """Check each part of a scope by itself."""
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
            yield from check_column(field, column, "scope", 8)
            if isinstance(part, str) and "__" in part:
                yield from _check_transform(field, column, part)


def check_column(
    field: NumberedField, column: Field[Any, Any], option: str, number: int
) -> Iterator[CheckMessage]:
    """Check a column that an option of a field names."""
    if column.model is not field.model:
        yield error(
            number,
            field,
            f"'{option}' names {column.name!r}, which is a column of {column.model._meta.label}.",
            f"Declare the numbered field on {column.model._meta.label} too: a row's number and "
            "what it depends on are written together.",
        )
    elif isinstance(column, JSONField | BinaryField) or (
        option == "scope" and isinstance(column, FloatField)
    ):
        yield error(
            number,
            field,
            f"'{option}' names {column.name!r}, whose values have no exact text.",
            "Use a column of text, whole or decimal numbers, dates or the like.",
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
            "Use a column that the code sets. A Python default also works: "
            "default=timezone.localdate.",
        )


def _check_transform(
    field: NumberedField, column: Field[Any, Any], part: str
) -> Iterator[CheckMessage]:
    transform = part.partition("__")[2]
    if column.is_relation:
        yield error(
            9,
            field,
            f"'scope' names {part!r}, and a scope cannot cross the relation {column.name!r}: a "
            "row's series depends only on its own columns.",
            f"Add a column to {field.model._meta.label} that is set from "
            f"{column.name}.{transform.replace('__', '.')}, and name that column.",
        )
        return
    known = transform in DATE_PARTS and column.get_transform(transform) is not None
    if not (is_date(column) and known):
        names = [name for name in DATE_PARTS if column.get_transform(name) is not None]
        yield error(
            9,
            field,
            f"'scope' names {part!r}, and {column.name!r} has no such part.",
            f"Its parts are {', '.join(names)}." if is_date(column) else "Only dates have parts.",
        )


def _check_deletions(field: NumberedField) -> Iterator[CheckMessage]:
    columns = [column for part in field.scope for column in columns_of(part, field.model)]
    for column in dict.fromkeys(columns):
        name = _sets_value(getattr(column.remote_field, "on_delete", None))
        if name is not None:
            yield error(
                16,
                field,
                f"'scope' names {column.name!r}, a relation with on_delete={name}: when its target "
                "is deleted, numbered rows move to another series without being saved.",
                f"Set on_delete=PROTECT on {field.model._meta.label}.{column.name}, or RESTRICT.",
            )


def _sets_value(on_delete: Any) -> str | None:
    """Return the name of a relation's ``on_delete`` if it gives the column another value."""
    for name in ("SET_NULL", "SET_DEFAULT", "DB_SET_NULL", "DB_SET_DEFAULT"):  # the last two: 6.1
        if on_delete is not None and on_delete is getattr(models, name, None):
            return name
    deconstruct = getattr(on_delete, "deconstruct", None)
    return "SET(…)" if deconstruct and deconstruct()[0] == "django.db.models.SET" else None


def _check_repeating(field: NumberedField) -> Iterator[CheckMessage]:
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
                    f"'{column}__{transform}' repeats: its series would continue years later.",
                    f"Add {names} to the scope.",
                )
