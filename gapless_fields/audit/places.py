"""The places of a series that are not a number and its successor, by window functions in SQL."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError
from django.db.models import (
    CharField,
    F,
    IntegerField,
    TextField,
    Value,
)
from django.db.models.functions import Cast

from gapless_fields.audit.reports import Row
from gapless_fields.audit.totals import rows_to_audit, series_of
from gapless_fields.rows.in_series import project_time_zone, rows_of_series

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.audit.targets import SharedSequence
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series

MOST_FETCHED = 2000


class Place(NamedTuple):
    """A row that is the first or the last of its series, or does not follow the row before it."""

    number: int
    before: int | None
    """The number of the row before it; None for the first row."""
    is_last: bool
    is_out_of_order: bool
    """Whether its date is earlier than that of a row with a lower number."""
    row: Row
    row_before: Row | None


def places_of_series(
    sequence: SharedSequence, series: Series, connection: BaseDatabaseWrapper
) -> Iterator[Place]:
    """Yield the places of one series, in no order, as a single statement sees them."""
    selects = []
    with project_time_zone():
        for field in sequence.fields:
            rows = rows_of_series(series, field, connection).order_by()
            selects.append((field, rows, list[str]()))
        for _scope, place in _run(sequence, selects, connection):
            yield place


def places_of_sequence(
    sequence: SharedSequence, connection: BaseDatabaseWrapper, since: datetime.date | None
) -> Iterator[tuple[str, Place]]:
    """Yield the places of every series with the series' key. See ``can_be_read_together()``."""
    selects = []
    with project_time_zone():
        for field in sequence.fields:
            selects.append((field, *rows_to_audit(field, connection, since)))
        for scope, place in _run(sequence, selects, connection):
            yield series_of(sequence.fields[0], scope).key, place


def can_be_read_together(sequence: SharedSequence, connection: BaseDatabaseWrapper) -> bool:
    """Return whether the tables of a sequence have the same types of columns in their scopes."""

    def kinds(field: NumberedField) -> list[str]:
        outputs = [part.output_field for part in field.scope_parts]
        return [
            "integer"
            if isinstance(output, IntegerField)
            else "text"
            if isinstance(output, CharField | TextField)
            else str(output.rel_db_type(connection))
            for output in outputs
        ]

    first, *others = map(kinds, sequence.fields)
    return all(other == first for other in others)


def _run(
    sequence: SharedSequence,
    selects: Sequence[tuple[NumberedField, QuerySet[Model], list[str]]],
    connection: BaseDatabaseWrapper,
) -> Iterator[tuple[list[Any], Place]]:
    """Run the query, and yield the values of the scope with each place."""
    if not connection.features.supports_over_clause:
        raise NotSupportedError(
            f'The database "{connection.alias}" has no window functions, which an audit needs.'
        )
    width = max(len(field.model._meta.pk_fields) for field, _rows, _names in selects)
    keys = [f"gapless_key_{n}" for n in range(width)]
    by_date = all(getattr(field, "chronological", None) for field in sequence.fields)
    unions: list[str] = []
    params: list[Any] = []
    converters: list[Any] = []
    scope: list[str] = []
    for position, (field, rows, names) in enumerate(selects):
        scope = names
        rows = rows.filter(**{f"{field.attname}__isnull": False})
        extra: dict[str, Any] = {
            "gapless_number": F(field.attname),
            "gapless_field": Value(position, output_field=IntegerField()),
        }
        parts = [part.attname for part in field.model._meta.pk_fields]
        for name, part in zip(keys, [*parts, *[None] * width], strict=False):
            value = F(part) if part else Value(None, output_field=TextField())
            extra[name] = Cast(value, TextField())
        if by_date:
            extra["gapless_date"] = F(str(getattr(field, "chronological", None)))
        query = rows.annotate(**extra).values_list(*names, *extra).query
        converters = converters or [
            [
                *connection.ops.get_db_converters(expression),
                *expression.get_db_converters(connection),
                expression,
            ]
            for expression in (query.annotations[name] for name in names)
        ]
        with suppress(EmptyResultSet):  # a part of a scope that matches no row
            sql, values = query.get_compiler(connection=connection).as_sql()
            unions.append(sql)
            params += values
    if not unions:
        return
    sql = _statement(" UNION ALL ".join(unions), scope, keys, by_date, connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while chunk := cursor.fetchmany(MOST_FETCHED):
            for result in chunk:
                values = [
                    _converted(value, steps, connection)
                    for value, steps in zip(result, converters, strict=False)
                ]
                rest = result[len(scope) :]
                yield values, _place(rest, width, selects)


def _converted(value: Any, steps: Sequence[Any], connection: BaseDatabaseWrapper) -> Any:
    """Return a value of the database as the ORM would: it cannot read a union of its queries."""
    *converters, expression = steps
    for convert in converters:
        value = convert(value, expression, connection)
    return value


def _statement(
    union: str,
    scope: Sequence[str],
    keys: Sequence[str],
    by_date: bool,
    connection: BaseDatabaseWrapper,
) -> str:
    quote = connection.ops.quote_name
    number, date, latest = map(quote, ("gapless_number", "gapless_date", "gapless_latest"))
    before, after = map(quote, ("gapless_before", "gapless_after"))
    partition = f"PARTITION BY {', '.join(map(quote, scope))} " if scope else ""
    window = f"({partition}ORDER BY {number})"
    place = ["gapless_field", *keys]
    inner = [*scope, "gapless_number", *place]
    columns = [*map(quote, inner), f"LAG({number}) OVER {window} {before}"]
    columns.append(f"LEAD({number}) OVER {window} {after}")
    columns += [f"LAG({quote(name)}) OVER {window} {quote(f'{name}_before')}" for name in place]
    # Numbers are in order, so that the difference is never negative: an unsigned column of MySQL
    # allows nothing below 0, and no column a number after the greatest.
    where = f"{before} IS NULL OR {after} IS NULL OR {number} - {before} <> 1"
    disorder = "0"
    if by_date:
        frame = f"{window[:-1]} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        columns += [date, f"MAX({date}) OVER {frame} {latest}"]
        where += f" OR {date} < {latest}"
        disorder = f"CASE WHEN {date} < {latest} THEN 1 ELSE 0 END"
    outer = [*map(quote, scope), number, before, f"CASE WHEN {after} IS NULL THEN 1 ELSE 0 END"]
    outer += [disorder, *map(quote, place), *[quote(f"{name}_before") for name in place]]
    return (
        f"SELECT {', '.join(outer)}"
        f" FROM (SELECT {', '.join(columns)} FROM ({union}) gapless_rows) gapless_places"
        f" WHERE {where}"
    )


def _place(
    result: Sequence[Any],
    width: int,
    selects: Sequence[tuple[NumberedField, QuerySet[Model], list[str]]],
) -> Place:
    number, before, is_last, is_out_of_order, *rows = result
    row, row_before = rows[: width + 1], rows[width + 1 :]
    return Place(
        number,
        before,
        bool(is_last),
        bool(is_out_of_order),
        _row(number, row, selects),
        None if before is None else _row(before, row_before, selects),
    )


def _row(
    number: int,
    place: Sequence[Any],
    selects: Sequence[tuple[NumberedField, QuerySet[Model], list[str]]],
) -> Row:
    """Return a row by the position of its field and the texts of its primary key."""
    position, *texts = place
    field = selects[position][0]
    parts = field.model._meta.pk_fields
    key = [part.to_python(text) for part, text in zip(parts, texts, strict=False)]
    label = field.model._meta.label
    return Row(label, field.name, key[0] if len(key) == 1 else tuple(key), number)
