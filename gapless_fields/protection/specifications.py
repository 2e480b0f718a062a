"""What the triggers of a numbered field must know, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    FloatField,
    IntegerField,
    TextField,
    UUIDField,
)
from django.db.models.sql import Query

from gapless_fields.counters.dialects.protected import Part, Protected
from gapless_fields.rows.in_series import project_time_zone
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.series.scopes import Column
from gapless_fields.series.series import make_key

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field

    from gapless_fields.counters.dialects.triggers import TriggerWriter
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.scopes import ScopePart


def protected_field(
    name: str, field: NumberedField, writer: TriggerWriter, connection: BaseDatabaseWrapper
) -> Protected:
    """Return what protects a numbered field.

    Args:
        name: the name of the constraint.
        field: the numbered field, of a model or of a historical one.
        writer: writes triggers for the database.
        connection: the database.
    """
    options = field.model._meta
    date = options.get_field(field.chronological) if field.chronological else None
    quote = connection.ops.quote_name
    return Protected(
        name=name,
        table=options.db_table,
        label=f"{options.label}.{field.name}",
        column=quote(str(field.column)),
        keys=tuple(quote(str(part.column)) for part in options.pk_fields),
        key=make_key(field.sequence),
        parts=tuple(_part(part, field, writer, connection) for part in field.scope_parts),
        kept=(quote(str(date.column)),) if date is not None else (),  # type: ignore[union-attr]
        texts=tuple(quote(str(text.column)) for text in texts_of(field)),
        is_issued_by_counter=field.reset_value is None,
    )


def _part(
    part: ScopePart, field: NumberedField, writer: TriggerWriter, connection: BaseDatabaseWrapper
) -> Part:
    quote = connection.ops.quote_name
    fields: list[Any] = [field.model._meta.get_field(name) for name in part.columns]
    plain = [f"{{row}}.{quote(str(column.column))}" for column in fields]
    columns = [
        writer.exact(name) if isinstance(column, CharField | TextField) else name
        for name, column in zip(plain, fields, strict=True)
    ]
    if isinstance(part, Column):
        return Part(columns[0], _text(plain[0], part.output_field, writer), tuple(columns))
    value = writer.native(_expression(part, field, fields, connection))
    text = _text(value, part.output_field, writer) if writer.can_evaluate(value) else None
    return Part(value, text, tuple(columns))


def _expression(
    part: ScopePart, field: NumberedField, fields: list[Any], connection: BaseDatabaseWrapper
) -> str:
    """Return the value of a part as the database computes it, by the columns of a row."""
    query = Query(field.model, alias_cols=False)
    with project_time_zone():
        expression: Any = part.expression()
        resolved = expression.resolve_expression(query, allow_joins=False)
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.compile(resolved)
    editor = connection.schema_editor(collect_sql=True)  # not entered: it only quotes
    text = str(sql) % tuple(editor.quote_value(param) for param in params)
    for column in fields:
        quoted = connection.ops.quote_name(str(column.column))
        text = text.replace(quoted, f"{{row}}.{quoted}")
    return text


def _text(sql: str, output: Field[Any, Any], writer: TriggerWriter) -> str | None:
    """Return a value as the text in the key of its counter. None if SQL has no such text."""
    match output:
        case DateTimeField() | DecimalField() | FloatField():
            return None
        case BooleanField():
            return writer.boolean_as_text(sql)
        case IntegerField():
            return writer.as_text(sql)
        case DateField():
            return writer.date_as_text(sql)
        case UUIDField():
            return writer.uuid_as_text(sql)
        case CharField() | TextField():
            return writer.encoded(sql)
    return None
