"""Rows that ``save()`` and ``bulk_create()`` insert: they get their numbers, now or later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from gapless_fields.counters.transactions import begin, own_block
from gapless_fields.exceptions import OnConflictNotSupported
from gapless_fields.series.numbered_text import number_texts, texts_of
from gapless_fields.writing.deferred import current_deferral
from gapless_fields.writing.deferred_inserts import insert_later, keys_are_told
from gapless_fields.writing.fixtures import number_loaded
from gapless_fields.writing.imported_numbers import settle
from gapless_fields.writing.inline_inserts import inline_insert
from gapless_fields.writing.kept_texts import doubles_told
from gapless_fields.writing.new_numbers import NewNumbers
from gapless_fields.writing.outside_atomic import warn_outside_atomic

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.writing.deferred import Deferral

    Column = Field[Any, Any] | NumberedField
    Returning = Sequence[Column] | None


class Insert:
    """The INSERT of rows of one table, by ``save()`` or ``bulk_create()``.

    Args:
        rows: the rows, in the order of the statement.
        fields: the numbered fields of the table.
        connection: the database.
        insert: inserts rows, and returns what Django returns for the given columns.
        returning: the columns that Django needs back.
        conflicts: whether rows may be left out, or update others (``ignore_conflicts``, …).
        updated: the fields that are written to an existing row.
    """

    def __init__(
        self,
        rows: Sequence[Model],
        fields: Sequence[NumberedField],
        connection: BaseDatabaseWrapper,
        insert: Callable[[Sequence[Model], Returning], Any],
        returning: Returning,
        *,
        conflicts: bool = False,
        updated: Iterable[Column] = (),
    ) -> None:
        self.rows = _each_once(rows)
        self.fields = fields
        self.connection = connection
        self.returning = returning
        self.conflicts = conflicts
        self.updated = list(updated)
        self._insert = insert

    def insert(self, returning: Returning) -> Any:
        """Insert the rows as they are, and return these columns."""
        if not number_texts(self.fields[0].model):
            return self._insert(self.rows, returning)
        with doubles_told(self.fields, self.connection):
            return self._insert(self.rows, returning)

    def run(self) -> Any:
        """Insert the rows with their numbers, or without inside ``deferred_numbering()``.

        Returns:
            What Django returns.

        Raises:
            OnConflictNotSupported: rows may be left out, and their numbers would be lost.
            And what ``NewNumbers.assign()`` raises.
        """
        numbers = NewNumbers(self.rows, self.fields)
        due = [field for field, _positions in numbers.due]
        if self.conflicts:
            self._refuse_conflict(due)
        if due:
            warn_outside_atomic(self.connection, "Saving", due[0], self.rows)
        deferral = current_deferral(self.connection)
        model = self.fields[0].model
        if deferral is not None and not keys_are_told(
            self.rows, model, self.returning, self.connection
        ):
            deferral = None  # MySQL does not return a batch's keys: number its rows at once
        if deferral is not None:
            deferral.check(due)
        elif len(self.rows) == len(due) == 1 and not numbers.has_explicit:
            inline = inline_insert(self.rows[0], due[0], self.connection)
            if inline is not None:
                numbers.forget_others()
                result = inline.run(self.insert, self.returning or ())
                if result is not None:
                    return result
        return self._run_in_block(numbers, deferral)

    def _run_in_block(self, numbers: NewNumbers, deferral: Deferral | None) -> Any:
        """Take the numbers, unless that is deferred, and insert the rows."""
        with begin(self.connection, self.fields):
            imports = numbers.assign(
                self.connection, later=deferral is not None, conflicts=self.conflicts
            )
            if deferral is None or not numbers.due:
                result = self.insert(self.returning)
            else:
                result = insert_later(
                    self.insert, self.rows, self.returning or (), numbers.due, deferral
                )
            if self.conflicts:
                settle(imports, self.connection)
        return result

    def run_raw(self) -> Any:
        """Insert rows that ``loaddata`` loads. They keep their numbers.

        Raises:
            What ``number_loaded()`` raises.
        """
        block = own_block(self.connection)
        with block:
            number_loaded(
                self.rows,
                self.fields,
                self.connection,
                lambda field: warn_outside_atomic(
                    self.connection, "Saving", field, self.rows, block
                ),
            )
            return self.insert(self.returning)

    def _refuse_conflict(self, due: Sequence[NumberedField]) -> None:
        """Refuse ``ignore_conflicts`` and ``update_conflicts`` if numbers would be lost."""
        for field in due:
            raise OnConflictNotSupported(
                f"bulk_create() with ignore_conflicts or update_conflicts may insert fewer rows "
                f"than it was given, and {field} would have a gap for each one left out. Find the "
                f"rows that exist first, then bulk_create() the others."
            )
        for field in self.fields:
            for updated in self.updated:
                if updated is field or updated in texts_of(field):
                    raise OnConflictNotSupported(
                        f"bulk_create(update_fields=…) would overwrite the numbers of existing "
                        f"rows: leave {updated} out of update_fields."
                    )
                if updated.attname in field.depends_on:
                    raise OnConflictNotSupported(
                        f"bulk_create(update_fields=…) would change {updated.name} of existing "
                        f"rows, on which {field} depends: save them one by one."
                    )


def _each_once(rows: Sequence[Model]) -> Sequence[Model]:
    """Return the rows, with copies in place of an instance that is given more than once.

    An instance holds only one number, and each row of the statement gets its own. The last
    occurrence is the instance itself.
    """
    if len(set(map(id, rows))) == len(rows):
        return rows
    seen: set[int] = set()
    found = []
    for row in reversed(rows):
        if id(row) in seen:
            twin = row.__class__.__new__(row.__class__)
            twin.__dict__.update(row.__dict__)
            twin._state = copy(row._state)
            row = twin
        seen.add(id(row))
        found.append(row)
    return found[::-1]
