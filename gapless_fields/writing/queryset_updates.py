"""``QuerySet.update()`` and ``bulk_update()`` of columns that numbers and series depend on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connections
from django.db.models import Q, Value

from gapless_fields.counters.transactions import own_block
from gapless_fields.django_internals.queries import can_be_filtered
from gapless_fields.rows.reading import (
    begin_writing,
    evaluated,
    is_expression,
    locked,
    plain,
    read,
    read_by_keys,
    row_of,
)
from gapless_fields.series.numbered_text import number_texts, texts_of
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.changes import (
    changes_date,
    date_changed,
    moves,
    number_changed,
    scope_changed,
)
from gapless_fields.writing.deferred import current_deferral
from gapless_fields.writing.kept_texts import check_texts

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.series.numbered_field import NumberedField

    Rows = Mapping[Any, Model]


def run_update(
    rows: QuerySet[Model],
    values: dict[str, Any],
    update: Callable[[QuerySet[Model]], int],
) -> int:
    """Run an UPDATE of many rows, unless it would change numbers or move numbered rows.

    If it writes no column that a number or a series depends on, it runs as is. Otherwise, one more
    query first locks and reads the rows, so that no draft among them is issued in between. A
    numbered row that has come to match meanwhile is left out. What an expression has written is
    read afterwards.

    Args:
        rows: the rows.
        values: what is written, by the names passed to ``update()``.
        update: writes the values to the rows of a queryset, and returns how many there were.

    Raises:
        NumberChanged: a row would get another number, or one that it was not given.
        ScopeChanged: a numbered row would move to another series, or to none.
    """
    written = _by_attname(rows.model, values)
    numbered = numbered_fields(rows.model)
    connection = connections[rows.db]
    deferral = current_deferral(connection)
    if deferral is not None and any(
        part.attname in written for field in numbered for part in field.model._meta.pk_fields
    ):
        deferral.number()  # it identifies its rows by their present keys
    touched = [field for field in numbered if not written.keys().isdisjoint(_held(field))]
    if not touched or not can_be_filtered(rows.query):
        return update(rows)
    names = [name for field in touched for name in _held(field)]
    changes = {name: value for name, value in written.items() if name in names}
    with own_block(connection):
        begin_writing(rows.model, connection)
        before = read(locked(plain(rows), connection), names, connection.alias)
        after = _after(rows, before, changes, connection)
        _check_numbers(touched, before, after)
        check_texts(touched, before, after)
        _check_series(
            [
                field
                for field in touched
                if not any(is_expression(changes.get(name)) for name in field.kept_attnames)
            ],
            before,
            after,
        )
        with_number = [
            key
            for key, row in before.items()
            if any(row.__dict__[field.attname] is not None for field in touched)
        ]
        if connection.features.has_select_for_update:  # otherwise, no other row can match by now
            without = Q(*((f"{field.attname}__isnull", True) for field in touched))
            rows = rows.filter(without | Q(pk__in=with_number) if with_number else without)
        count = update(rows)
        if any(map(is_expression, changes.values())):
            after = read_by_keys(rows.model, list(before), names, connection)
            before = {key: before[key] for key in after}
            _check_numbers(touched, before, after)
            check_texts(touched, before, after)
            _check_series(touched, before, after)
        return count


def _held(field: NumberedField) -> list[str]:
    """Return the columns that a numbered row keeps: its number, its texts, its series."""
    texts = [text.attname for text in texts_of(field)]
    return [field.attname, *texts, *field.kept_attnames]


def _by_attname(model: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """Return what is written, by the columns' attnames, as values that the columns hold."""
    written = {}
    for name, value in values.items():
        try:
            field: Any = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue  # Django reports it
        if not field.concrete:
            continue  # Django reports it, too
        if field.is_relation and hasattr(value, "_meta"):
            value = getattr(value, field.target_field.attname)
        # Unwrapped, so that the value has the type of the column.
        written[field.attname] = value.value if type(value) is Value else value
    return written


def _after(
    rows: QuerySet[Model],
    before: Rows,
    changes: dict[str, Any],
    connection: BaseDatabaseWrapper,
) -> dict[Any, Model]:
    """Return the rows as they will be, except for what expressions give, which is read later."""
    numbers = {field.attname for field in numbered_fields(rows.model)}
    numbers |= {text.attname for text in number_texts(rows.model)}
    plain_changes = {name: value for name, value in changes.items() if not is_expression(value)}
    told: dict[str, dict[Any, Any]] = {
        name: evaluated(rows, name, value)
        for name, value in changes.items()
        # Read first: a unique constraint might refuse the number with an error of its own.
        if name in numbers and is_expression(value)
    }
    after = {}
    for key, row in before.items():
        values = row.__dict__ | plain_changes
        values |= {name: found[key] for name, found in told.items() if key in found}
        after[key] = row_of(rows.model, connection.alias, values)
    return after


def _check_numbers(fields: Sequence[NumberedField], before: Rows, after: Rows) -> None:
    for field in fields:
        changed = [key for key, row in before.items() if not _same(field, row, after[key])]
        for key in changed:
            old, new = (rows[key].__dict__[field.attname] for rows in (before, after))
            raise number_changed(field, key, old, new, count=len(changed))


def _check_series(fields: Sequence[NumberedField], before: Rows, after: Rows) -> None:
    for field in fields:
        moved = [
            key
            for key, row in before.items()
            if row.__dict__[field.attname] is not None and moves(field, row, after[key])
        ]
        for key in moved:
            raise scope_changed(field, before[key], after[key], count=len(moved))
        dated = [
            key
            for key, row in before.items()
            if row.__dict__[field.attname] is not None and changes_date(field, row, after[key])
        ]
        for key in dated:
            raise date_changed(field, before[key], after[key], count=len(dated))


def _same(field: NumberedField, before: Model, after: Model) -> bool:
    """Return whether a row keeps its number. (1.5, which a column may truncate to 1, differs.)"""
    old, new = before.__dict__[field.attname], after.__dict__[field.attname]
    return bool(old == (field.get_prep_value(new) if isinstance(new, str) else new))
