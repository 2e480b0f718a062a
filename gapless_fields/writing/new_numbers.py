"""The numbers of rows that are inserted together: new ones, and those that rows already have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gapless_fields.rows.memory import explicit_positions, give, in_memory, remember
from gapless_fields.rows.texts import Texts
from gapless_fields.series.chronology import date_of
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.writing.demands import Demands, by_series, take_all
from gapless_fields.writing.imported_numbers import Import, accepting, check_accepted
from gapless_fields.writing.kept_texts import check_text_accepted

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


class _Column(NamedTuple):
    """The rows that are due in one numbered field, by their positions."""

    field: NumberedField
    due: list[int]
    explicit: list[int]
    """The rows that already have a number."""
    texts: list[tuple[NumberedText, set[int]]]
    """The fields of its texts, each with the rows that already have a text."""


class NewNumbers:
    """The numbers of the rows of one INSERT.

    Args:
        rows: the rows, in the order of the statement; each instance once.
        fields: the numbered fields of the table.
    """

    def __init__(self, rows: Sequence[Model], fields: Sequence[NumberedField]) -> None:
        self.rows = rows
        # Set the columns that numbers depend on to the values that the INSERT will write: a
        # field's own pre_save() may strip a text or build a slug.
        for field in fields:
            columns = dict.fromkeys(field.prepared_columns)
            for text in texts_of(field):
                columns |= dict.fromkeys(text.prepared_columns)
            for column in columns:
                for row in rows:
                    setattr(row, column.attname, column.pre_save(row, add=True))
        loaded = accepting()
        self._columns = [self._column(field, loaded) for field in fields]

    def _column(self, field: NumberedField, loaded: bool) -> _Column:
        explicit = explicit_positions(field, self.rows, loaded=loaded)
        condition = field.condition
        if condition is None:
            due = list(range(len(self.rows)))
        else:
            due = [position for position, row in enumerate(self.rows) if condition.holds(row)]
        if explicit:
            out = set(explicit)
            due = [position for position in due if position not in out]
        texts = [(text, self._with_text(text, loaded)) for text in texts_of(field)]
        return _Column(field, due, explicit, texts)

    def _with_text(self, text: NumberedText, loaded: bool) -> set[int]:
        """Return the rows that have a text of their own. (An empty one is the column's default.)"""
        found = explicit_positions(text, self.rows, loaded=loaded)
        return {position for position in found if in_memory(self.rows[position], text.attname)}

    @property
    def due(self) -> list[tuple[NumberedField, list[int]]]:
        """The fields from which rows need numbers, with the positions of those rows."""
        return [(column.field, column.due) for column in self._columns if column.due]

    @property
    def has_explicit(self) -> bool:
        """Whether a row already has a number."""
        return any(column.explicit for column in self._columns)

    def forget_others(self, *, later: bool = False) -> None:
        """Clear the numbers of rows that get none now: a copy's number is not its own.

        Raises:
            NumberNotIssued: a row has a text of its own, but not a number, or is not inside of
                ``accept_numbers()``.
        """
        for field, due, explicit, texts in self._columns:
            for text, positions in texts:
                for position in positions:
                    value = in_memory(self.rows[position], text.attname)
                    check_text_accepted(value, text, has_number=position in explicit)
            numbered = set(explicit) if later else {*due, *explicit}
            if len(numbered) < len(self.rows):
                for position, row in enumerate(self.rows):
                    if position not in numbered:
                        _forget(field, row)
                        for text, kept in texts:
                            if position not in kept:
                                _forget(text, row)

    def assign(
        self, connection: BaseDatabaseWrapper, *, later: bool = False, conflicts: bool = False
    ) -> Iterable[Import]:
        """Take the numbers, in the caller's transaction, and set them on the instances.

        Args:
            connection: the database.
            later: take no numbers now. Numbers that rows already have are nevertheless imported.
            conflicts: the INSERT may leave rows out. If so, ``settle()`` must follow it.

        Returns:
            The numbers that are imported.

        Raises:
            NotChronological: a date is earlier than that of a lower number.
            NumberTextInvalid: a text cannot be made, or is too long.
            NumberNotIssued: a row already has a number, outside ``accept_numbers()``.
            NumberInUse: another row has the number that a row already has.
            SequenceNotSynced: the series is unused, but rows carry its numbers.
            SequenceLocked: the database's lock timeout has expired.
            SequenceExhausted: the series has too few numbers left.
        """
        self.forget_others(later=later)
        apps = self.rows[0]._meta.apps
        demands = Demands()
        takers: list[tuple[NumberedField, str, list[int]]] = []
        made = Texts(connection.alias)
        for field, due, explicit, texts in self._columns:
            for series, positions in by_series(field, self.rows, [] if later else due):
                demands.want(series, field, [self.rows[position] for position in positions])
                takers.append((field, series.key, positions))
                self._prepare(made, texts, field, series.key, positions)
            for position in explicit:
                row = self.rows[position]
                value = in_memory(row, field.attname)
                check_accepted(value, field)
                number = field.get_prep_value(value)
                demand = demands.of(field.series_for(row))
                self._prepare(made, texts, field, demand.series.key, [position])
                demand.imported = demand.imported or Import(demand.series, apps)
                demand.imported.numbers.append((number, field))
                if field.chronological is not None:
                    demand.imported.dates.append((number, date_of(field, row), field))
                setattr(row, field.attname, number)
        numbers = take_all(demands, connection, apps, conflicts=conflicts)
        for field, key, positions in takers:
            give(field, [(self.rows[position], next(numbers[key])) for position in positions])
        made.write()
        return [demand.imported for demand in demands.values() if demand.imported is not None]

    def _prepare(
        self,
        made: Texts,
        texts: list[tuple[NumberedText, set[int]]],
        field: NumberedField,
        series: str,
        positions: Iterable[int],
    ) -> None:
        """Prepare the texts of rows of one series that have none yet."""
        if not texts:
            return
        for position in positions:
            missing = [text for text, kept in texts if position not in kept]
            made.prepare(field, self.rows[position], series, missing)


def _forget(field: NumberedField | NumberedText, row: Model) -> None:
    setattr(row, field.attname, None)
    remember(field, row, None)
