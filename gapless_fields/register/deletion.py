"""Delete rows whose numbers are void from then on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, router
from django.db.models import Model, QuerySet

from gapless_fields.counters.transactions import own_block
from gapless_fields.django_internals.models import rows_deleted_with
from gapless_fields.protection.keys import protected_row
from gapless_fields.register.voids import (
    check_reason,
    new_entry,
    refuse_carried,
    refuse_unissued,
    refuse_void,
)
from gapless_fields.rows.reading import begin_writing, key_of, read_by_keys
from gapless_fields.series.ranges import NumberRange, merged
from gapless_fields.series.registry import numbered_fields

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.models import RegisterEntry
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


def void_and_delete(
    rows: Model | QuerySet[Any] | Iterable[Model], *, reason: str, by: str = ""
) -> list[RegisterEntry]:
    """Delete rows, and write into the register that their numbers are void.

    Both happen in one transaction: the caller's, or one of its own. The rows are deleted by their
    own ``delete()``. The numbers of rows that Django deletes with them (``CASCADE``) become void as
    well. Rows without a number are deleted, and leave no entry, and so are rows of a series that
    starts again (``reset_value``), in which a number belongs to many rows.

    Each entry holds what the row was: its model, primary key and columns.

    Args:
        rows: an instance, a queryset, or instances of one model.
        reason: why the numbers are void.
        by: who voids them, such as a user's name.

    Returns:
        The entries of the register.

    Raises:
        NotVoidable: a row is still there afterwards, another row carries the same number, or the
            series has not given it.
        ProtectedError, RestrictedError: other rows refer to the rows.
        SequenceLocked: the database's lock timeout has expired.
        ValueError: the reason is empty.
    """
    check_reason(reason)
    instances = [rows] if isinstance(rows, Model) else list(rows)
    if not instances:
        return []
    if isinstance(rows, QuerySet):
        using = rows.select_for_update().db  # the database that is written to
    else:
        first = instances[0]
        using = router.db_for_write(type(first), instance=first)
    connection = connections[using]
    with own_block(connection):
        carriers = _lock(instances, connection)
        series_of: dict[str, tuple[Series, list[NumberRange]]] = {}
        for field, row in carriers:
            number = row.__dict__[field.attname]
            series = field.series_for(row)
            series_of.setdefault(series.key, (series, []))[1].append(NumberRange(number, number))
        for _key, (series, numbers) in sorted(series_of.items()):
            refuse_unissued(series, merged(numbers), connection)
            refuse_void(series, merged(numbers), connection)
        entries = _record(carriers, connection, reason=reason, by=by)
        for instance in instances:
            instance.delete()
        for _key, (series, numbers) in sorted(series_of.items()):
            refuse_carried(series, merged(numbers), connection)
    return entries


def _lock(
    instances: Sequence[Model], connection: BaseDatabaseWrapper
) -> list[tuple[NumberedField, Model]]:
    """Lock the rows that will be deleted, and return those with numbers, as they are."""
    keys: dict[NumberedField, dict[Any, None]] = {}
    for row in rows_deleted_with(instances, connection.alias):
        for field in numbered_fields(type(row)):
            if field.reset_value is not None:
                continue
            keys.setdefault(field, {})[key_of(row, field.model)] = None
    carriers: list[tuple[NumberedField, Model]] = []
    for field in sorted(keys, key=str):
        names = [column.attname for column in field.model._meta.local_concrete_fields]
        names += field.kept_attnames
        begin_writing(field.model, connection)
        found = read_by_keys(field.model, list(keys[field]), names, connection, lock=True)
        carriers += [
            (field, row) for row in found.values() if row.__dict__[field.attname] is not None
        ]
    return carriers


def _record(
    carriers: Sequence[tuple[NumberedField, Model]],
    connection: BaseDatabaseWrapper,
    *,
    reason: str,
    by: str,
) -> list[RegisterEntry]:
    entries = []
    for field, row in carriers:
        number = row.__dict__[field.attname]
        protection, row_key = protected_row(field, row.pk, connection)
        entries.append(
            new_entry(
                field.series_for(row),
                NumberRange(number, number),
                reason=reason,
                by=by,
                row=_what_it_was(field, row),
                protection=protection,
                row_key=row_key,
            )
        )
    for entry in entries:  # not by bulk_create(), after which MySQL's entries have no keys
        entry.save(using=connection.alias)
    return entries


def _what_it_was(field: NumberedField, row: Model) -> dict[str, Any]:
    """Return a row as JSON holds it."""
    values = {
        column.name: row.__dict__[column.attname]
        for column in field.model._meta.local_concrete_fields
    }
    whole = {"model": field.model._meta.label, "pk": row.pk, "fields": values}
    plain: dict[str, Any] = json.loads(json.dumps(whole, cls=_Encoder))
    return plain


class _Encoder(DjangoJSONEncoder):
    """Writes as text whatever JSON has no form for."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return bytes(o).hex() if isinstance(o, bytes | memoryview) else str(o)
