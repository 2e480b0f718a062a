"""The gate: every row that the ORM writes passes through two methods of Django.

``QuerySet._insert()`` (from ``save()`` and ``bulk_create()``) and ``QuerySet._update()`` (from
``save()``) are the only place that knows the database, all rows of the statement and what to do on
conflict. ``pre_save()`` is never told the alias, and Django 6.0 and later call it twice. They are
private, and this file is the only one that touches them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import wraps
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import DatabaseError, connections
from django.db.models import F, Model, QuerySet
from django.db.transaction import atomic

from gapless_fields import counters
from gapless_fields.callers import warn_outside_atomic
from gapless_fields.deferral import current_deferral
from gapless_fields.dialects import dialect_for
from gapless_fields.exceptions import OnConflictNotSupported
from gapless_fields.inline import inline_insertion
from gapless_fields.insertion import Repeated, inserting
from gapless_fields.issuing import Update
from gapless_fields.numbering import assign, check_unchanged, is_wanted
from gapless_fields.provenance import is_explicit
from gapless_fields.registry import columns_of, numbered_fields

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field

    from gapless_fields.registry import NumberedField


MOST_FRAMES = 5
"""Between ``_do_update()`` and the gate, where a queryset overrides ``_update()``."""


class Unwritten(NamedTuple):
    """What ``pre_save()`` answers for an UPDATE: the number in memory, which is never written."""

    instance: Model


installed = False
"""Whether Django's methods go through the gate."""


def install() -> None:
    """Put the gate around Django's methods, once."""
    global installed
    if not installed:
        QuerySet._insert = _gate_insert(QuerySet._insert)  # type: ignore[attr-defined]
        QuerySet._update = _gate_update(QuerySet._update)  # type: ignore[attr-defined]
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
        options = returning_fields, raw, using, on_conflict, update_fields, unique_fields
        # A multi-table child has its parents' fields, and each table its own statement.
        numbered = [
            field
            for field in numbered_fields(self.model)
            if any(field is inserted for inserted in fields)
        ]
        if raw or not numbered or not objs:
            return django_insert(self, objs, fields, *options)
        wanted = [field for field in numbered if is_wanted(field, objs)]
        if on_conflict is not None:
            _refuse_conflict(numbered, wanted, update_fields)
        connection = connections[using or self.db]
        if wanted:
            warn_outside_atomic(connection, "A save of", wanted[0], objs)
        deferral = current_deferral(connection)
        if deferral is not None and not (returning_fields or all(map(_has_key, objs))):
            deferral = None  # MySQL gives a batch's keys not back: its rows are numbered at once
        if deferral is not None:
            deferral.check(wanted)
        elif (inline := inline_insertion(objs, numbered, wanted, connection)) is not None:
            result = inline.run(
                lambda returning: django_insert(self, objs, fields, returning, *options[1:]),
                returning_fields or (),
            )
            if result is not None:
                return result
        begun = False
        try:
            with atomic(using=connection.alias, savepoint=_needs_savepoint(connection)):
                begun = True
                numbers = assign(objs, numbered, connection, later=deferral is not None)
                repeated = len(set(map(id, objs))) < len(objs)
                with inserting(Repeated(objs, numbers)) if repeated else nullcontext():
                    result = django_insert(self, objs, fields, *options)
            if deferral is not None:
                for field in wanted:
                    deferral.note(field, [row for row in objs if not is_explicit(field, row)])
            return result
        except DatabaseError as error:
            if not begun:  # BEGIN itself waited for the lock (SQLite)
                names = ", ".join(f'"{field.sequence}"' for field in numbered)
                counters.raise_if_locked(dialect_for(connection), error, names)
            raise

    return _insert


def _gate_update(django_update: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(django_update)
    def _update(self: QuerySet[Model], values: list[Any], *args: Any, **kwargs: Any) -> Any:
        numbered = numbered_fields(self.model)
        if not numbered:
            return django_update(self, values, *args, **kwargs)
        instance = None
        raw = False
        written = []
        unwritten = []
        for field, model, value in values:
            if isinstance(value, Unwritten):
                instance = value.instance
                check_unchanged(field, instance, self)
                # Its own value, for where there is nothing else to write: so each Django answers
                # as it does for any UPDATE.
                unwritten.append((field, model, F(field.attname)))
            else:
                written.append((field, model, value))
                raw = raw or any(field is one for one in numbered)
        written = written or unwritten

        def update(values: list[Any], rows: QuerySet[Model] = self) -> Any:
            return django_update(rows, values, *args, **kwargs)

        table = self.model._meta.concrete_model
        fields = [field for field in numbered if field.model is table]
        change = Update(self, instance or _saved_instance(), fields, written)
        if raw or not change.fields:
            return update(written)
        guard = change.guard()
        if guard is not None:
            result = update(written, change.guarded(guard) if guard else self)
            if result or not guard:
                return result
        connection = connections[self.db]
        block = atomic(using=connection.alias, savepoint=_needs_savepoint(connection))
        rows = [] if change.instance is None else [change.instance]
        with block:
            return change.run_under_lock(
                connection,
                update,
                lambda field: warn_outside_atomic(connection, "A save of", field, rows, block),
                current_deferral(connection),
            )

    return _update


def _saved_instance() -> Model | None:
    """The instance whose ``save()`` runs this UPDATE, where no field of ours was asked.

    ``save(update_fields=…)`` asks the fields that it names alone, and Django hands the instance to
    ``_do_update()``, but not on to the queryset.
    """
    frame: FrameType | None = sys._getframe(2)
    for _step in range(MOST_FRAMES):
        if frame is None:
            break
        if frame.f_code.co_name == "_do_update":
            instance = frame.f_locals.get("self")
            return instance if isinstance(instance, Model) else None
        frame = frame.f_back
    return None


def _has_key(row: Model) -> bool:
    key = row.pk if isinstance(row.pk, tuple) else (row.pk,)
    return None not in key


def _needs_savepoint(connection: BaseDatabaseWrapper) -> bool:
    """Whether a failed INSERT must be rolled back at once, to take its numbers back.

    In an atomic block of the project it must not: the failure spoils the block, as Django's own
    does, and the rollback of the block takes the numbers back. But where autocommit is off, the
    project may catch the error and commit, and Django lets it.
    """
    return not (connection.in_atomic_block and connection.commit_on_exit)


def _refuse_conflict(
    numbered: list[NumberedField],
    wanted: list[NumberedField],
    update_fields: Iterable[Field[Any, Any] | NumberedField] | None,
) -> None:
    for field in wanted:
        raise OnConflictNotSupported(
            f"bulk_create() with ignore_conflicts or update_conflicts may insert fewer rows than "
            f"it was given, and {field.model._meta.label}.{field.name} would have a gap for each "
            f"one left out. Find the rows that exist first, then bulk_create() the others."
        )
    for field in numbered:
        for updated in update_fields or ():
            if field is updated:
                raise OnConflictNotSupported(
                    f"bulk_create(update_fields=…) would overwrite the numbers of existing rows: "
                    f"leave {field.model._meta.label}.{field.name} out of update_fields."
                )
            if updated.attname in columns_of(field):
                raise OnConflictNotSupported(
                    f"bulk_create(update_fields=…) would change {updated.name} of existing rows, "
                    f"on which {field.model._meta.label}.{field.name} depends: save them one by "
                    f"one."
                )
