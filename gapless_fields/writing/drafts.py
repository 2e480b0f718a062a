"""Rows that ``save()`` locks to update them: drafts to issue, and rows that might move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connections

from gapless_fields.counters.transactions import own_block
from gapless_fields.rows.memory import tell
from gapless_fields.rows.reading import (
    begin_writing,
    is_expression,
    locked,
    plain,
    read,
    read_by_keys,
    readable,
    row_of,
)
from gapless_fields.rows.texts import Texts
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.writing.changes import changes_date, check_kept, moves
from gapless_fields.writing.deferred import current_deferral
from gapless_fields.writing.demands import Demands, take_all
from gapless_fields.writing.kept_texts import doubles_told
from gapless_fields.writing.outside_atomic import warn_outside_atomic

if TYPE_CHECKING:
    from django.db.models import Field, Model, QuerySet

    from gapless_fields.series.numbered_field import NumberedField

    Written = tuple[Field[Any, Any] | NumberedField, type[Model] | None, Any]

_EXPRESSION = "gapless_written_"


class LockedUpdate:
    """The UPDATE of one row that must be locked and read first.

    Args:
        rows: the queryset that selects the row.
        instance: the instance that is being saved. None if it is not known.
        fields: the numbered fields of the table.
        values: what is written, without numbers, as Django passes it on.
        update: writes values to the row of a queryset, and returns what Django returns.
    """

    def __init__(
        self,
        rows: QuerySet[Model],
        instance: Model | None,
        fields: Sequence[NumberedField],
        values: list[Written],
        update: Callable[[QuerySet[Model], list[Written]], Any],
    ) -> None:
        self.rows = rows
        self.instance = instance
        self.fields = fields
        self.values = values
        self.written = {field.attname: value for field, _model, value in values}
        self.update = update
        self.connection = connections[rows.db]
        self.block = own_block(self.connection)

    def run(self) -> Any:
        """Lock the row, see what it is and will be, and write it with its number if it is due.

        Inside ``deferred_numbering()``, a row that is due is noted, to be numbered at the end.

        Returns:
            What Django returns.

        Raises:
            ScopeChanged: the row has a number, and would move to another series.
            ValueError: the database stored another value than an expression gave before.
            And what ``take_all()`` raises.
        """
        with self.block:
            found = self._lock()
            if found is None:
                return self.update(self.rows, self.values)
            key, before, after = found
            known = {
                field: number
                for field in self.fields
                if (number := before.__dict__[field.attname]) is not None
            }
            for field in known:
                check_kept(field, before, after)
            due = [
                field
                for field in self.fields
                if field not in known
                and field.condition is not None
                and field.condition.holds(after)
            ]
            given = self._number(due, key, before, after)
            # save(update_fields=["number"]) writes the number over itself, and nothing else.
            values = [entry for entry in self.values if entry[0] not in given]
            values += [(field, None, number) for field, number in given.items()]
            values += [
                (text, None, after.__dict__[text.attname])
                for field in given
                for text in texts_of(field)
            ]
            with doubles_told(due, self.connection):
                result = self.update(self.rows, values)
            if given and not result:
                raise DatabaseError(f"The row of {self.rows.model._meta.label} was not updated.")
            self._check_stored(key, after)
            self._tell(known | given, after)
            return result

    def _number(
        self, due: Sequence[NumberedField], key: Any, before: Model, after: Model
    ) -> dict[NumberedField, int]:
        """Take the row's numbers, or note the row inside ``deferred_numbering()``.

        What the row will be gets the numbers and their texts.
        """
        deferral = current_deferral(self.connection)
        if deferral is not None:
            deferral.check(due)
            for field in due:
                new = field.condition is not None and not field.condition.holds(before)
                deferral.note(field, key, self.instance, new=new)
            return {}
        demands = Demands()
        texts = Texts(self.connection.alias)
        series = {field: field.series_for(after) for field in due}
        rows = [] if self.instance is None else [self.instance]
        for field in due:
            demands.want(series[field], field, [after])
            texts.prepare(field, after, series[field].key)
            warn_outside_atomic(self.connection, "Saving", field, rows, self.block)
        numbers = take_all(demands, self.connection, self.rows.model._meta.apps)
        given = {field: next(numbers[series[field].key]) for field in due}
        after.__dict__.update({field.attname: number for field, number in given.items()})
        texts.write()
        return given

    def _lock(self) -> tuple[Any, Model, Model] | None:
        """Lock the row. Return its key, what it is and what it will be, or None if it is gone."""
        model, alias = self.rows.model, self.connection.alias
        columns = {field.attname: field for field in model._meta.concrete_fields}
        expressions = {
            f"{_EXPRESSION}{name}": readable(value, columns[name])
            for name, value in self.written.items()
            if name in self._names and is_expression(value)
        }
        begin_writing(model, self.connection)
        rows = locked(plain(self.rows).annotate(**expressions), self.connection)
        for key, before in read(rows, [*self._names, *expressions], alias).items():
            values = before.__dict__ | {
                name: before.__dict__.get(f"{_EXPRESSION}{name}", value)
                for name, value in self.written.items()
                if name in self._names
            }
            return key, before, row_of(model, alias, values)
        return None

    @cached_property
    def _needed(self) -> list[str]:
        """Return the columns that decide whether a row is due, and in which series."""
        return list(dict.fromkeys(name for field in self.fields for name in field.depends_on))

    @cached_property
    def _names(self) -> list[str]:
        """Return the columns that are read: those, the numbers, their texts and what they show."""
        texts = [text for field in self.fields for text in texts_of(field)]
        names = [*(field.attname for field in self.fields), *self._needed]
        for text in texts:
            names += [text.attname, *text.needed_attnames]
        return list(dict.fromkeys(names))

    def _check_stored(self, key: Any, after: Model) -> None:
        """Refuse an expression if the database has stored another value than it gave before.

        The column may have rounded the value, or the expression may give another one each time.
        """
        if not any(is_expression(self.written.get(name)) for name in self._needed):
            return
        found = read_by_keys(self.rows.model, [key], self._names, self.connection)
        for stored in found.values():
            for field in self.fields:
                number, condition = stored.__dict__[field.attname], field.condition
                if (
                    moves(field, after, stored) or changes_date(field, after, stored)
                    if number is not None
                    else condition is not None and condition.holds(after) != condition.holds(stored)
                ):
                    names = ", ".join(field.depends_on)
                    raise ValueError(
                        f"The database has stored another value for {names} of "
                        f"{field.model._meta.label} than the expression gave before. {field} "
                        f"depends on it: assign a value."
                    )

    def _tell(self, numbers: dict[NumberedField, int], after: Model) -> None:
        """Set the row's numbers on the instance."""
        if self.instance is not None:
            for field, number in numbers.items():
                after.__dict__[field.attname] = number
                tell(field, self.instance, after)
