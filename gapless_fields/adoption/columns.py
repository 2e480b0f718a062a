"""The column of a table that was numbered by hand, as a numbered field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, IntegerField, TextField

from gapless_fields.audit.targets import SharedSequence
from gapless_fields.checks.scopes import check_parts
from gapless_fields.series.formats import paths
from gapless_fields.series.numbered_field import NumberedField
from gapless_fields.series.numbered_text import NumberedText
from gapless_fields.series.registry import fields_of_sequence

if TYPE_CHECKING:
    from django.db.models import Field, Model


def column_to_adopt(
    target: str, scope: Sequence[str] = (), date: str | None = None
) -> NumberedField:
    """Return the numbered field that a column is, or would be.

    Args:
        target: the column, as ``app.Model.field``.
        scope: what divides the numbers into series, if the column is not a numbered field yet.
        date: the date that the numbers should follow, if the column is not a numbered field yet.

    Raises:
        LookupError: there is no such model or field.
        ValueError: the column holds no integers, or is a numbered field, which has a scope.
    """
    label, _dot, name = target.rpartition(".")
    if "." not in label:
        raise ValueError(f'"{target}" is not an app.Model.field')
    model = apps.get_model(label)
    field = column_of(model, name)
    if isinstance(field, NumberedField):
        if scope or date:
            raise ValueError(f"{field} declares its scope and its dates itself: leave them out")
        if field.model is not model:
            raise ValueError(f"{field} is declared by a parent: name {field.model._meta.label}")
        return field
    if not isinstance(field, IntegerField):
        raise ValueError(
            f"{target} is a column of texts or of something else. Add a GaplessSequenceField with "
            f"null=True, name it here, and name this column with --text-column."
        )
    return _as_numbered(field, target, scope, date)


def column_of(model: type[Model], name: str) -> Any:
    """Return a column of a model.

    Raises:
        LookupError: there is none of that name.
    """
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise LookupError(str(error)) from error
    if not field.concrete:
        raise LookupError(f"{model._meta.label}.{name} is not a column")
    return field


def _as_numbered(
    field: Field[Any, Any], target: str, scope: Sequence[str], date: str | None
) -> NumberedField:
    numbered: NumberedField = NumberedField(
        sequence=target, scope=scope, chronological=date, null=True, db_column=str(field.column)
    )
    numbered.set_attributes_from_name(field.name)
    numbered.model = field.model
    for name in (*scope, *([date] if date else [])):
        column_of(field.model, name.partition("__")[0])
    for problem in check_parts(numbered):
        raise ValueError(problem.msg)
    return numbered


def as_text(format_: str, column: Any, field: NumberedField) -> NumberedText:
    """Return a column of texts as the field for the texts of some numbers.

    Args:
        format_: how the texts are formatted.
        column: the column.
        field: the numbered field.

    Raises:
        ValueError: it is not a format string.
    """
    if not isinstance(column, CharField | TextField):
        raise ValueError(f"{column} is not a column of texts")
    try:
        paths(format_)
    except ValueError as problem:
        raise ValueError(f"{format_!r} is not a format: {problem}") from problem
    text = NumberedText(format_, max_length=column.max_length, db_column=str(column.column))
    text.set_attributes_from_name(column.name)
    text.model = field.model
    text.__dict__["numbers"] = field  # the column of numbers may not be a numbered field yet
    return text


def is_declared(field: NumberedField) -> bool:
    """Return whether the model itself has the numbered field."""
    return field in field.model._meta.local_fields


def sequence_of(field: NumberedField, using: str) -> SharedSequence:
    """Return the fields that share the sequence of a column: for an undeclared one, itself."""
    if not is_declared(field):
        return SharedSequence(field.sequence, (field,))
    depth = len(field.scope)
    fields = fields_of_sequence(field.sequence, using)
    return SharedSequence(field.sequence, tuple(one for one in fields if len(one.scope) == depth))
