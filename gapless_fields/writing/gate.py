"""The gate: every row that the ORM writes passes through three methods of querysets.

``save()`` and ``bulk_create()`` end in ``_insert()`` and ``_update()``. ``update()`` is public;
``bulk_update()`` and related managers call it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import QuerySet

from gapless_fields.django_internals.methods import wrap_insert, wrap_once, wrap_update
from gapless_fields.django_internals.queries import forget_results, prepare_to_write
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.inserts import Insert
from gapless_fields.writing.queryset_updates import run_update
from gapless_fields.writing.updates import Update

if TYPE_CHECKING:
    from django.db.models import Model

    from gapless_fields.writing.drafts import Written
    from gapless_fields.writing.inserts import Column, Returning

installed = False
"""Whether Django's methods go through the gate."""


def install() -> None:
    """Wrap Django's methods in the gate, once."""
    global installed
    wrap_insert(_gate_insert)
    wrap_update(_gate_update)
    wrap_once(QuerySet, "update", _gate_update_of_many)
    installed = True


def _gate_insert(django_insert: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(django_insert)
    def _insert(
        self: QuerySet[Model],
        objs: Sequence[Model],
        fields: Sequence[Column],
        returning_fields: Returning = None,
        raw: bool = False,
        using: str | None = None,
        on_conflict: Any = None,
        update_fields: Sequence[Column] | None = None,
        unique_fields: Any = None,
    ) -> Any:
        def insert(rows: Sequence[Model], returning: Returning) -> Any:
            options = raw, using, on_conflict, update_fields, unique_fields
            return django_insert(self, rows, fields, returning, *options)

        # A multi-table child has its parents' fields, but each table has its own statement.
        numbered = [
            field
            for field in numbered_fields(self.model)
            if any(field is inserted for inserted in fields)
        ]
        if not numbered or not objs:
            return insert(objs, returning_fields)
        statement = Insert(
            *(objs, numbered, connections[using or self.db], insert, returning_fields),
            conflicts=on_conflict is not None,
            updated=update_fields or (),
        )
        return statement.run_raw() if raw else statement.run()

    return _insert


def _gate_update(django_update: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(django_update)
    def _update(self: QuerySet[Model], values: list[Written], *args: Any, **kwargs: Any) -> Any:
        numbered = numbered_fields(self.model)
        if not numbered:
            return django_update(self, values, *args, **kwargs)

        def update(rows: QuerySet[Model], values: list[Written]) -> Any:
            return django_update(rows, values, *args, **kwargs)

        return Update(self, values, numbered, update).run()

    return _update


def _gate_update_of_many(django_update: Callable[..., int]) -> Callable[..., int]:
    @wraps(django_update)
    def update(self: QuerySet[Model], **values: Any) -> int:
        if not numbered_fields(self.model):
            return django_update(self, **values)
        prepare_to_write(self)
        count = run_update(self, values, lambda rows: django_update(rows, **values))
        forget_results(self)
        return count

    return update
