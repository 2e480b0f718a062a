"""``QuerySet.update()`` and ``bulk_update()`` of columns that numbers and series depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connections

from gapless_fields.changes import moves, number_changed, scope_changed
from gapless_fields.counters import own_block
from gapless_fields.registry import numbered_fields
from gapless_fields.rows import begin_writing, read_with_changes
from gapless_fields.stored_numbers import MOST_KEYS

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from gapless_fields.registry import NumberedField


def run_update(
    rows: QuerySet[Model],
    values: dict[str, Any],
    update: Callable[[QuerySet[Model]], int],
) -> int:
    """Run an UPDATE of many rows, unless it would change numbers, or move rows that have one.

    Where it touches no such column, that is all. Where it does, the rows are locked first and read
    by one query more, so that no draft among them is issued in between; a row that has come to
    match meanwhile is left out if it has a number.

    Args:
        rows: the rows.
        values: what is written, by the names that ``update()`` was given.
        update: writes the values to the rows of a queryset, and tells how many there were.

    Raises:
        NumberChanged: a row would get another number, or one that it was not given.
        ScopeChanged: a row that has its number would move to another series, or to none.
    """
    written = _by_attname(rows.model, values)
    touched = [
        field
        for field in numbered_fields(rows.model)
        if not written.keys().isdisjoint({field.attname, *field.scope_attnames})
    ]
    if not touched or rows.query.is_sliced or rows.query.combinator:
        return update(rows)
    connection = connections[rows.db]
    names = [name for field in touched for name in (field.attname, *field.scope_attnames)]
    changes = {name: value for name, value in written.items() if name in names}
    with own_block(connection):
        begin_writing(rows.model, connection)
        numbered = _check(
            touched, list(read_with_changes(rows, names, changes, connection)), changes
        )
        without = {f"{field.attname}__isnull": True for field in touched}
        count = update(rows.filter(**without))
        size = min(connection.features.max_query_params or MOST_KEYS, MOST_KEYS)
        for start in range(0, len(numbered), size):
            count += update(rows.filter(pk__in=numbered[start : start + size]))
        return count


def _by_attname(model: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """What is written, by the columns' attnames, as values that the columns hold."""
    written = {}
    for name, value in values.items():
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue  # Django says so
        if field.is_relation and hasattr(value, "_meta"):
            value = getattr(value, field.target_field.attname)  # type: ignore[union-attr]
        written[getattr(field, "attname", name)] = value
    return written


def _check(
    fields: list[NumberedField],
    rows: list[tuple[Any, Model, Model]],
    changes: dict[str, Any],
) -> list[Any]:
    """Refuse what must not be; the keys of the rows that have numbers, and keep them."""
    for field in fields:
        if field.attname in changes:
            changed = [
                (key, before, after)
                for key, before, after in rows
                if _number(field, before) != _number(field, after)
            ]
            for key, before, after in changed:
                numbers = _number(field, before), _number(field, after)
                raise number_changed(field, key, *numbers, count=len(changed))
        moved = [
            (before, after)
            for _key, before, after in rows
            if _number(field, before) is not None and moves(field, before, after)
        ]
        for before, after in moved:
            raise scope_changed(field, before, after, count=len(moved))
    return [
        key
        for key, before, _after in rows
        if any(_number(field, before) is not None for field in fields)
    ]


def _number(field: NumberedField, row: Model) -> int | None:
    number: int | None = field.get_prep_value(row.__dict__[field.attname])
    return number
