"""What querysets and queries do not tell, or do not let anybody add."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.db.models.sql import Query


def prepare_to_write(rows: QuerySet[Model]) -> None:
    """Let a queryset use the database that its rows are written to, as ``update()`` does."""
    rows._for_write = True  # type: ignore[attr-defined]


def forget_results(rows: QuerySet[Model]) -> None:
    """Let a queryset read its rows again, as ``update()`` does."""
    rows._result_cache = None


def can_be_filtered(query: Query) -> bool:
    """Return whether ``filter()`` accepts a query: a slice and a union are complete."""
    return not (query.is_sliced or query.combinator)


def reads_one_table(query: Query) -> bool:
    """Return whether a query reads its own table alone, by conditions that must all hold."""
    where = query.where
    return len(query.alias_map) <= 1 and not where.negated and where.connector == "AND"


def is_plain(query: Query) -> bool:
    """Return whether a query reads its own table alone, and adds nothing to its rows."""
    return not (
        len(query.alias_map) > 1
        or query.annotations
        or query.distinct
        or query.combinator
        or query.extra_tables
    )


@contextmanager
def condition_added(query: Query, condition: object) -> Iterator[None]:
    """Add a condition to a query inside the block, as ``filter()`` would.

    ``filter()`` takes 60 µs to copy the query and to resolve what an expression refers to.
    """
    children: list[Any] = query.where.children
    children.append(condition)
    try:
        yield
    finally:
        children.pop()
