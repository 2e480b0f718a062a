"""Numbers for rows that are there already: those that no ``save()`` has numbered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from django.db import connections, transaction
from django.db.models import Model, QuerySet

from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.saved_rows import announce, number_due

if TYPE_CHECKING:
    from gapless_fields.series.numbered_field import NumberedField

Row = TypeVar("Row", bound=Model)

BATCH_SIZE = 1000


def assign_numbers(
    queryset: QuerySet[Row],
    field: str | None = None,
    *,
    order_by: str | Sequence[str] | None = None,
    batch_size: int = BATCH_SIZE,
) -> int:
    """Number the rows that are due and have no number, in order.

    For rows that were written past the field: by ``QuerySet.update()``, ``bulk_update()``, SQL, or
    before the field was there. Rows for which ``when`` does not hold are left out, and so are
    rows that another transaction numbers meanwhile.

    Each batch is one transaction (none of its own inside the caller's): it locks its rows and then
    their series, in sorted order, until it ends. What is done stays done if a later batch fails,
    so that another call goes on there.

    Args:
        queryset: the rows; its own order counts where ``order_by`` is None, the primary key's
            where it has none.
        field: the name of the numbered field; None: the only one.
        order_by: as ``QuerySet.order_by()`` takes it: within a series, numbers follow this order.
        batch_size: how many rows a transaction locks and numbers.

    Returns:
        How many rows were numbered.

    Raises:
        ValueError: the model has no such field, or several and none was named.
        ScopeIncomplete: a row lacks a date that its series depends on.
        SequenceNotSynced: the first use of a series whose rows carry its numbers.
        SequenceLocked: the database's lock time-out has passed.
    """
    numbered = numbered_field(queryset.model, field)
    return sum(assign_in_batches(pending(queryset, numbered, order_by), numbered, batch_size))


def numbered_field(model: type[Model], name: str | None) -> NumberedField:
    """The numbered field of that name, or the only one."""
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
    """The rows that have no number and may be due, in order."""
    if order_by is not None:
        names = [order_by] if isinstance(order_by, str) else order_by
        queryset = queryset.order_by(*names)
    elif not queryset.ordered:
        queryset = queryset.order_by("pk")
    queryset = queryset.filter(**{f"{field.attname}__isnull": True})
    condition = field.condition
    # A collation may take two texts for one that are two in Python, which decides.
    if condition is None or condition.asks_about_text:
        return queryset
    return queryset.filter(condition.q)


def assign_in_batches(
    rows: QuerySet[Row], field: NumberedField, batch_size: int = BATCH_SIZE
) -> Iterator[int]:
    """Number the rows of ``pending()``; yield how many, batch by batch."""
    # The database that is written to: db_for_write() unless the queryset names one.
    connection = connections[rows.select_for_update().db]
    most = connection.features.max_query_params
    size = batch_size if most is None else min(batch_size, most)
    # Read once: rows that are numbered drop out of the query, and those that are not stay.
    keys = list(dict.fromkeys(rows.using(connection.alias).values_list("pk", flat=True)))
    for start in range(0, len(keys), size):
        entries = [(field, key) for key in keys[start : start + size]]
        with transaction.atomic(using=connection.alias):
            rows_found, done = number_due(entries, connection)
            announce(rows_found, done, connection)
        yield len(done)
