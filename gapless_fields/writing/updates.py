"""Rows that ``save()`` updates: they keep their numbers, and issued drafts get one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import BooleanField, Expression, F

from gapless_fields.counters.transactions import own_block
from gapless_fields.django_internals.queries import condition_added, reads_one_table
from gapless_fields.rows.memory import remembered, unchanged_scope
from gapless_fields.rows.reading import is_expression, row_of
from gapless_fields.series.numbered_text import NumberedText, number_texts
from gapless_fields.writing.changes import check_unchanged
from gapless_fields.writing.drafts import LockedUpdate
from gapless_fields.writing.fixtures import check_loaded_update, missing_texts
from gapless_fields.writing.kept_texts import check_text_unchanged
from gapless_fields.writing.saves import running_save

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model, QuerySet
    from django.db.models.sql.compiler import SQLCompiler

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.when import Condition
    from gapless_fields.writing.drafts import Written


class Update:
    """The UPDATE of one row, by ``save()``.

    Args:
        rows: the queryset that selects the row.
        values: what is written, as Django passes it on.
        numbered: the numbered fields of the model.
        update: writes values to the row of a queryset, and returns what Django returns.
    """

    def __init__(
        self,
        rows: QuerySet[Model],
        values: list[Written],
        numbered: Sequence[NumberedField],
        update: Callable[[QuerySet[Model], list[Written]], Any],
    ) -> None:
        self.rows = rows
        self.instance, self.is_raw = running_save(rows.model)
        self.numbers: list[tuple[NumberedField, Any]] = []
        """What Django would write to numbers; it is never written."""
        self.texts: list[tuple[NumberedText, Any]] = []
        """What Django would write to their texts; only a row of a fixture may bring one."""
        texts = number_texts(rows.model)
        self.values: list[Written] = []
        unchanged: list[Written] = []
        for field, model, value in values:
            number = next((one for one in numbered if one is field), None)
            text = next((one for one in texts if one is field), None)
            if number is not None:
                self.numbers.append((number, value))
                unchanged.append((field, model, F(field.attname)))
            elif text is not None:
                self.texts.append((text, value))
                unchanged.append((field, model, F(field.attname)))
            else:
                self.values.append((field, model, value))
        # If there is nothing else to write, a number is set to itself: each version of Django then
        # returns what it does for any UPDATE.
        self.values = self.values or unchanged
        self.written = {field.attname: value for field, _model, value in self.values}
        table = rows.model._meta.concrete_model
        self.fields = [field for field in numbered if field.model is table]
        self.update = update

    def run(self) -> Any:
        """Write the row, with its number if it is due.

        Returns:
            What Django returns.

        Raises:
            NumberChanged: the number of the instance, or its text, was changed by hand.
            And what ``LockedUpdate.run()`` raises, or ``check_loaded_update()`` of a raw save.
        """
        if self.is_raw and self.numbers:
            return self._run_raw()
        if self.instance is not None:
            for field, _number in self.numbers:
                check_unchanged(field, self.instance, self.rows)
            for text, _value in self.texts:
                check_text_unchanged(text, self.instance, self.rows)
        if not self.fields:
            return self.update(self.rows, self.values)
        guard = self.guard()
        if guard is not None:
            if not guard:
                return self.update(self.rows, self.values)
            with self._guarded(guard) as row:
                result = self.update(row, self.values)
            if result:
                return result
        return LockedUpdate(self.rows, self.instance, self.fields, self.values, self.update).run()

    def _run_raw(self) -> Any:
        """Update an existing row with one that ``loaddata`` loads."""
        connection = connections[self.rows.db]
        with own_block(connection):
            check_loaded_update(self.rows, self.numbers, self.written, connection)
            missing = missing_texts(self.rows, self.texts, connection)
            return self.update(self.rows, [*self.values, *missing])

    def guard(self) -> dict[str, Any] | None:
        """Return the values of the row's columns that the UPDATE may assume.

        In the common cases, the row need not be read: if it has its number and stays in its series,
        or if it is a draft and stays one. The UPDATE finds no row if the row differs from what the
        instance knows. (Another process may have issued it. A rollback may have taken back its
        number, or the whole row, whose key another row has got.)

        Returns:
            None if the row must be read first.
        """
        guard: dict[str, Any] = {}
        for field in self.fields:
            scoped = not self.written.keys().isdisjoint(field.kept_attnames)
            instance = self.instance
            if instance is None:
                if scoped or field.condition is not None:
                    return None
                continue
            number = remembered(field, instance)
            if isinstance(number, int):
                scope = unchanged_scope(field, instance, self.written) if scoped else {}
                if scope is None:
                    return None
                guard |= {**scope, field.attname: number}
            elif field.condition is not None:
                if self._may_hold(field.condition, instance):
                    return None
                guard[field.attname] = None
            elif scoped:
                return None
        return guard

    def _may_hold(self, condition: Condition, instance: Model) -> bool:
        """Return whether the row may be due once it is written, as far as the instance tells."""
        for attname in condition.attnames:
            if attname not in self.written or is_expression(self.written[attname]):
                return True  # only the database knows
        # Use the values as written: a field's pre_save() may not set them on the instance.
        return condition.holds(row_of(type(instance), "", self.written))

    @contextmanager
    def _guarded(self, guard: dict[str, Any]) -> Iterator[QuerySet[Model]]:
        """Yield the row, if it is what it was assumed to be."""
        if not reads_one_table(self.rows.query):
            # The base manager joins tables, so the column needs the name of its table.
            null = {f"{name}__isnull": True for name, value in guard.items() if value is None}
            held = {name: value for name, value in guard.items() if value is not None}
            yield self.rows.filter(**null, **held)
            return
        columns: dict[Field[Any, Any], Any] = {
            self.rows.model._meta.get_field(name): value  # type: ignore[misc]
            for name, value in guard.items()
        }
        with condition_added(self.rows.query, Holds(columns)):
            yield self.rows


class Holds(Expression):
    """A condition for ``filter()``: columns of the table hold these values.

    It does the same as ``filter(a=…, b=…, c=…)``. That adds 290 µs to an UPDATE of 350 µs, and this
    adds 90 µs.
    """

    conditional = True
    output_field = BooleanField()

    def __init__(self, values: Mapping[Field[Any, Any], Any]) -> None:
        super().__init__()
        self.values = values

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        conditions = []
        params = []
        for field, value in self.values.items():
            column = connection.ops.quote_name(str(field.column))
            prepared = field.get_db_prep_value(value, connection)
            if prepared is None:
                conditions.append(f"{column} IS NULL")
            else:
                conditions.append(f"{column} = %s")
                params.append(prepared)
        return " AND ".join(conditions), tuple(params)
