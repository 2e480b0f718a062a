"""Make the texts of rows that were numbered before there were texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connections, transaction
from django.db.models import Q

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.rows.number_column import key_params, text_column
from gapless_fields.rows.reading import all_rows, begin_writing, read_by_keys
from gapless_fields.rows.texts import Texts
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.writing.kept_texts import doubles_told

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


BATCH_SIZE = 1000


def make_texts(rows: QuerySet[Any], field: NumberedField, batch_size: int = BATCH_SIZE) -> int:
    """Make the missing texts of numbered rows, and return how many.

    Each batch is a transaction of its own, unless the caller has opened one.

    Args:
        rows: the rows.
        field: the numbered field.
        batch_size: how many rows to lock and write per transaction.

    Raises:
        NumberTextInvalid: a text cannot be made, or is too long.
        NumberTextInUse: another row has a text.
    """
    connection = connections[rows.select_for_update().db]
    count = 0
    for text in texts_of(field):
        found = rows.using(connection.alias).filter(**{f"{field.attname}__isnull": False})
        found = found.filter(Q(**{f"{text.attname}__isnull": True}) | Q(**{text.attname: ""}))
        found = found.order_by("pk")
        keys = list(dict.fromkeys(found.values_list("pk", flat=True)))
        for start in range(0, len(keys), batch_size):
            with transaction.atomic(using=connection.alias):
                batch = keys[start : start + batch_size]
                count += _make(text, field, batch, connection)
    return count


def _make(
    text: NumberedText, field: NumberedField, keys: list[Any], connection: BaseDatabaseWrapper
) -> int:
    names = [field.attname, text.attname, *text.needed_attnames, *field.scope_attnames]
    begin_writing(field.model, connection)
    found = read_by_keys(field.model, keys, names, connection, lock=True)
    rows = [row for row in found.values() if not row.__dict__[text.attname]]
    empty = [row.pk for row in rows if row.__dict__[text.attname] is not None]
    if empty and text.null:  # from a column whose default was an empty text
        all_rows(field.model, connection.alias).filter(pk__in=empty).update(**{text.name: None})
    texts = Texts(connection.alias)
    for row in rows:
        texts.prepare(field, row, field.series_for(row).key, [text])
    texts.write()
    values = [(row.__dict__[text.attname], *key_params(row.pk, field, connection)) for row in rows]
    if not values:
        return 0
    with doubles_told([field], connection):
        return dialect_for(connection).write_numbers(text_column(text, field, connection), values)
