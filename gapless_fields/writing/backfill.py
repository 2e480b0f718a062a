"""Assign numbers to existing rows that no ``save()`` has numbered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from django.db import connections, transaction
from django.db.models import Model, QuerySet

from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.missing_texts import BATCH_SIZE, make_texts
from gapless_fields.writing.saved_rows import announce, number_due

if TYPE_CHECKING:
    from gapless_fields.series.numbered_field import NumberedField

Row = TypeVar("Row", bound=Model)


def assign_numbers(
    queryset: QuerySet[Row],
    field: str | None = None,
    *,
    order_by: str | Sequence[str] | None = None,
    batch_size: int = BATCH_SIZE,
) -> int:
    """Number the rows that are due and have no number, in order.

    Use it for rows that were written without the field: by ``QuerySet.update()``, ``bulk_update()``
    or SQL, or before the field existed. It also makes the texts (``NumberTextField``) of rows that
    have a number and no text. Rows for which ``when`` does not hold are left out, and so
    are rows that another transaction numbers meanwhile.

    Each batch is a transaction of its own, unless the caller has opened one. A batch locks its rows
    and then their series, in sorted order, until the transaction ends. If a later batch fails, the
    rows of the earlier ones stay numbered, and another call continues there.

    Args:
        queryset: the rows. If ``order_by`` is None, they are numbered in the order of the queryset,
            or of the primary key if the queryset has no order. A field with ``chronological`` needs
            the order of its dates, and has it if the queryset is not ordered by ``order_by()``.
        field: the name of the numbered field. None means the only one.
        order_by: the order, as for ``QuerySet.order_by()``. Within a series, numbers follow this
            order.
        batch_size: how many rows to lock and number per transaction.

    Returns:
        How many rows were numbered.

    Raises:
        ValueError: the model has no such field, or has several and none was named.
        NotChronological: the order is not that of the dates of a field with ``chronological``.
        ScopeIncomplete: a row lacks a date that its series depends on.
        SequenceNotSynced: the first use of a series whose rows carry its numbers.
        SequenceLocked: the database's lock timeout has expired.
        NumberTextInvalid, NumberTextInUse: a text cannot be made, or another row has it.
    """
    numbered = numbered_field(queryset.model, field)
    count = sum(assign_in_batches(pending(queryset, numbered, order_by), numbered, batch_size))
    make_texts(queryset, numbered, batch_size)
    return count


def numbered_field(model: type[Model], name: str | None) -> NumberedField:
    """Return the numbered field of that name. None means the only one."""
    fields = {field.name: field for field in numbered_fields(model)}
    if name is None and len(fields) == 1:
        return next(iter(fields.values()))
    if name in fields:
        return fields[name]
    names = ", ".join(fields) or "none"
    raise ValueError(f"Name a numbered field of {model._meta.label}: it has {names}.")


def pending(
    queryset: QuerySet[Row], field: NumberedField, order_by: str | Sequence[str] | None
) -> QuerySet[Row]:
    """Return the rows that have no number and may be due, in order."""
    if order_by is not None:
        names = [order_by] if isinstance(order_by, str) else order_by
        queryset = queryset.order_by(*names)
    elif field.chronological is not None and not queryset.query.order_by:
        queryset = queryset.order_by(field.chronological, "pk")
    elif not queryset.ordered:
        queryset = queryset.order_by("pk")
    queryset = queryset.filter(**{f"{field.attname}__isnull": True})
    condition = field.condition
    # A collation may treat texts as equal that differ in Python, and Python decides.
    if condition is None or condition.asks_about_text:
        return queryset
    return queryset.filter(condition.q)


def assign_in_batches(
    rows: QuerySet[Row], field: NumberedField, batch_size: int = BATCH_SIZE
) -> Iterator[int]:
    """Number the rows of ``pending()``, and yield how many, batch by batch."""
    # The database that is written to: db_for_write(), unless the queryset names one.
    connection = connections[rows.select_for_update().db]
    most = connection.features.max_query_params
    size = batch_size if most is None else min(batch_size, most)
    # Read once: numbered rows drop out of the query, and rows that stay unnumbered remain in it.
    keys = list(dict.fromkeys(rows.using(connection.alias).values_list("pk", flat=True)))
    for start in range(0, len(keys), size):
        entries = [(field, key) for key in keys[start : start + size]]
        with transaction.atomic(using=connection.alias):
            rows_found, done = number_due(entries, connection, in_order=True)
            announce(rows_found, done, connection)
        yield len(done)
