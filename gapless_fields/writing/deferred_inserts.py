"""INSERTs inside ``deferred_numbering()``, and the keys of the rows to be numbered at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import DecimalField

from gapless_fields.rows.memory import in_memory
from gapless_fields.rows.reading import has_key, is_expression, key_of
from gapless_fields.series.columns import check_exact

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.writing.deferred import Deferral

    Insert = Callable[[Sequence[Any]], list[Any]]


def insert_later(
    insert: Insert,
    rows: Sequence[Model],
    returning: Sequence[Any],
    due: Sequence[tuple[NumberedField, list[int]]],
    deferral: Deferral,
) -> list[Any]:
    """Insert rows that are numbered at the end of the transaction, and note their keys.

    The database returns the keys if it can, because instances may hold them as text, or repeat.
    """
    model = due[0][0].model
    _check_keys(rows, model)
    features = deferral.connection.features
    if features.can_return_columns_from_insert and (
        len(rows) == 1 or features.can_return_rows_from_bulk_insert
    ):
        parts = model._meta.pk_fields
        answers = insert([*returning, *parts])
        keys = [tuple(answer[len(returning) :]) for answer in answers]
        keys = [key if len(parts) > 1 else key[0] for key in keys]
        answers = [answer[: len(returning)] for answer in answers] if returning else []
    else:
        answers = insert(returning)
        if returning and not has_key(rows[0], model):
            ((key,),) = answers  # MySQL returns the key of a single row
            keys = [key]
        else:
            keys = [key_of(row, model) for row in rows]
    for field, positions in due:
        for position in positions:
            deferral.note(field, keys[position], rows[position], new=True)
    return answers


def _check_keys(rows: Sequence[Model], model: type[Model]) -> None:
    """Refuse a key that the column would round: SQLite returns another one than it stores."""
    for part in model._meta.pk_fields:
        if isinstance(part, DecimalField):
            for row in rows:
                value = in_memory(row, part.attname)
                if not is_expression(value):
                    check_exact(part.to_python(value), part, f"{model._meta.label}.{part.name}")


def keys_are_told(
    rows: Sequence[Model],
    model: type[Model],
    returning: Sequence[Any] | None,
    connection: BaseDatabaseWrapper,
) -> bool:
    """Return whether the keys of inserted rows are known afterwards."""
    features = connection.features
    if features.can_return_rows_from_bulk_insert:
        return True
    if len(rows) == 1 and (
        features.can_return_columns_from_insert or (returning and rows[0].pk is None)
    ):
        return True
    return all(has_key(row, model) for row in rows)
