"""The gate: every row that the ORM writes passes through three methods of Django.

``QuerySet._insert()`` (from ``save()`` and ``bulk_create()``) and ``QuerySet._update()`` (from
``save()``) are the only place that knows the database, all rows of the statement and what to do on
conflict. ``pre_save()`` is never told the alias, and Django 6.0 and later call it twice. They are
private, and this file is the only one that touches them. ``QuerySet.update()``, which
``bulk_update()`` and related managers call too, is public.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from types import FrameType
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connections
from django.db.models import F, Model, QuerySet

from gapless_fields import counters
from gapless_fields.bulk_updates import run_update
from gapless_fields.callers import warn_outside_atomic
from gapless_fields.changes import check_unchanged
from gapless_fields.deferral import current_deferral
from gapless_fields.deferred_inserts import insert_later, keys_are_told
from gapless_fields.dialects import dialect_for
from gapless_fields.fixtures import check_loaded_update, number_loaded
from gapless_fields.importing import settle
from gapless_fields.inline import inline_insertion
from gapless_fields.insertion import IN_MEMORY, Repeated, inserting
from gapless_fields.issuing import Update
from gapless_fields.numbering import assign, due_rows, prepare, refuse_conflict
from gapless_fields.registry import numbered_fields

if TYPE_CHECKING:
    from django.db.models import Field

    from gapless_fields.registry import NumberedField


MOST_FRAMES = 8
"""Between ``_save_table()`` and the gate, where methods on the way are overridden."""


installed = False
"""Whether Django's methods go through the gate."""


def install() -> None:
    """Put the gate around Django's methods, once."""
    global installed
    if not installed:
        QuerySet._insert = _gate_insert(QuerySet._insert)  # type: ignore[attr-defined]
        QuerySet._update = _gate_update(QuerySet._update)  # type: ignore[attr-defined]
        QuerySet.update = _gate_update_of_many(QuerySet.update)  # type: ignore[method-assign]
        installed = True


def _gate_insert(django_insert: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(django_insert)
    def _insert(
        self: QuerySet[Model],
        objs: Sequence[Model],
        fields: Sequence[Field[Any, Any] | NumberedField],
        returning_fields: Any = None,
        raw: bool = False,
        using: str | None = None,
        on_conflict: Any = None,
        update_fields: Iterable[Field[Any, Any] | NumberedField] | None = None,
        unique_fields: Any = None,
    ) -> Any:
        options = raw, using, on_conflict, update_fields, unique_fields

        def insert(returning: Any) -> Any:
            return django_insert(self, objs, fields, returning, *options)

        # A multi-table child has its parents' fields, and each table its own statement.
        numbered = [
            field
            for field in numbered_fields(self.model)
            if any(field is inserted for inserted in fields)
        ]
        if not numbered or not objs:
            return insert(returning_fields)
        connection = connections[using or self.db]
        if raw:
            block = counters.own_block(connection)
            with block, inserting(IN_MEMORY):
                number_loaded(
                    objs,
                    numbered,
                    connection,
                    lambda field: warn_outside_atomic(connection, "A save of", field, objs, block),
                )
                return insert(returning_fields)
        prepare(objs, numbered)
        due, explicit = due_rows(numbered, objs)
        wanted = [field for field, _positions in due]
        if on_conflict is not None:
            refuse_conflict(numbered, wanted, update_fields)
        if wanted:
            warn_outside_atomic(connection, "A save of", wanted[0], objs)
        deferral = current_deferral(connection)
        if deferral is not None and not keys_are_told(objs, returning_fields, connection):
            deferral = None  # MySQL gives a batch's keys not back: its rows are numbered at once
        if deferral is not None:
            deferral.check(wanted)
        elif len(objs) == len(wanted) == 1 and not explicit:
            inline = inline_insertion(objs[0], wanted[0], connection)
            result = None if inline is None else inline.run(insert, returning_fields or ())
            if result is not None:
                return result
        begun = False
        try:
            with counters.own_block(connection):
                begun = True
                numbering = assign(
                    objs,
                    numbered,
                    connection,
                    later=deferral is not None,
                    conflicts=on_conflict is not None,
                )
                repeated = len(set(map(id, objs))) < len(objs)
                with inserting(Repeated(objs, numbering.numbers) if repeated else IN_MEMORY):
                    if deferral is None or not due:
                        result = insert(returning_fields)
                    else:
                        result = insert_later(insert, objs, returning_fields or (), due, deferral)
                if on_conflict is not None:
                    settle(numbering.imported, connection)
            return result
        except DatabaseError as error:
            if not begun:  # BEGIN itself waited for the lock (SQLite)
                names = ", ".join(f'"{field.sequence}"' for field in numbered)
                counters.raise_if_locked(dialect_for(connection), error, names)
            raise

    return _insert


def _gate_update_of_many(django_update: Callable[..., int]) -> Callable[..., int]:
    @wraps(django_update)
    def update(self: QuerySet[Model], **values: Any) -> int:
        if not numbered_fields(self.model):
            return django_update(self, **values)
        self._for_write = True  # type: ignore[attr-defined]
        count = run_update(self, values, lambda rows: django_update(rows, **values))
        self._result_cache = None
        return count

    return update


def _gate_update(django_update: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(django_update)
    def _update(self: QuerySet[Model], values: list[Any], *args: Any, **kwargs: Any) -> Any:
        numbered = numbered_fields(self.model)
        if not numbered:
            return django_update(self, values, *args, **kwargs)
        instance, raw = _running_save()
        written = []
        unwritten = []
        loaded = []
        for field, model, value in values:
            if not any(field is one for one in numbered):
                written.append((field, model, value))
                continue
            # Its own value, for where there is nothing else to write: so each Django answers as it
            # does for any UPDATE.
            unwritten.append((field, model, F(field.attname)))
            if raw:
                loaded.append((field, value))
            elif instance is not None:
                check_unchanged(field, instance, self)
        connection = connections[self.db]
        written = written or unwritten

        def update(values: list[Any], rows: QuerySet[Model] = self) -> Any:
            return django_update(rows, values, *args, **kwargs)

        table = self.model._meta.concrete_model
        fields = [field for field in numbered if field.model is table]
        if loaded:
            held = {field.attname: value for field, _model, value in written}
            with counters.own_block(connection):
                check_loaded_update(self, loaded, held, connection)
                return update(written)
        if not fields:
            return update(written)
        change = Update(self, instance, fields, written)
        guard = change.guard()
        if guard is not None:
            if not guard:
                return update(written)
            with change.guarded(guard) as row:
                result = update(written, row)
            if result:
                return result
        block = counters.own_block(connection)
        rows = [] if change.instance is None else [change.instance]
        with block:
            return change.run_under_lock(
                connection,
                update,
                lambda field: warn_outside_atomic(connection, "A save of", field, rows, block),
                current_deferral(connection),
            )

    return _update


def _running_save() -> tuple[Model | None, bool]:
    """The instance whose ``save()`` runs this UPDATE, and whether it is raw (``loaddata``).

    Django's ``_save_table()`` knows both, and hands neither on to the queryset; and what a field
    answers for an UPDATE is not asked where ``update_fields`` does not name it.
    """
    frame: FrameType | None = sys._getframe(2)
    for _step in range(MOST_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        if code.co_name == "_save_table":
            instance = frame.f_locals.get(code.co_varnames[0])
            if isinstance(instance, Model):
                return instance, bool(frame.f_locals.get("raw"))
        frame = frame.f_back
    return None, False
