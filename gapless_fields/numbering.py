"""The numbers of rows that are being inserted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as default_field
from typing import TYPE_CHECKING, Any

from gapless_fields.adoption import take
from gapless_fields.exceptions import OnConflictNotSupported
from gapless_fields.importing import Import, accepting, admit, check_accepted
from gapless_fields.provenance import explicit_positions, give, in_memory, remember
from gapless_fields.registry import columns_of, label_of
from gapless_fields.rows import by_series

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model

    from gapless_fields.registry import NumberedField
    from gapless_fields.series import Series


def prepare(rows: Sequence[Model], fields: Sequence[NumberedField]) -> None:
    """Let columns that numbers depend on take the values that the INSERT will write.

    For fields with a ``pre_save()`` of their own, which may strip a text, or put together a slug.
    """
    for field in fields:
        for column in field.prepared_columns:
            for row in rows:
                setattr(row, column.attname, column.pre_save(row, add=True))


def due_rows(
    fields: Sequence[NumberedField], rows: Sequence[Model]
) -> tuple[list[tuple[NumberedField, list[int]]], bool]:
    """Which of the rows that are being inserted need numbers from their series.

    Returns:
        The positions of those rows, for each field that any of them needs a number of; and whether
        any row brings a number along.
    """
    due: list[tuple[NumberedField, list[int]]] = []
    loaded = accepting()
    brought = False
    for field in fields:
        explicit = explicit_positions(field, rows, loaded=loaded)
        positions = _due_positions(field, rows, explicit)
        if positions:
            due.append((field, positions))
        brought = brought or bool(explicit)
    return due, brought


@dataclass
class _Demand:
    """What the rows of one statement want from one series."""

    series: Series
    takers: list[tuple[NumberedField, list[int]]] = default_field(default_factory=list)
    imported: list[tuple[int, NumberedField]] = default_field(default_factory=list)


@dataclass
class Assigned:
    """The numbers of the rows of one INSERT."""

    numbers: dict[str, list[int | None]]
    """In the order of the rows, by the field's attname; None: not to be numbered yet."""
    imported: list[Import] = default_field(default_factory=list)
    """Those that rows bring along."""


def assign(
    rows: Sequence[Model],
    fields: Sequence[NumberedField],
    connection: BaseDatabaseWrapper,
    *,
    later: bool = False,
    conflicts: bool = False,
) -> Assigned:
    """Number the rows of one INSERT, in the caller's transaction.

    One counter update a series, the series in sorted order, so that two statements never wait for
    each other. Sets the numbers on the instances, which remember them.

    Args:
        rows: the rows, in the order of the statement.
        fields: the numbered fields of the table.
        connection: the database.
        later: take no numbers now; those that rows bring along are admitted all the same.
        conflicts: the INSERT may leave rows out; ``settle()`` must follow.

    Raises:
        NumberNotIssued: a row brings a number along, outside ``accept_numbers()``.
        NumberInUse: another row has the number that a row brings along.
        SequenceNotSynced: the series is unused, but rows carry its numbers.
        SequenceLocked: the database's lock time-out has passed.
        SequenceExhausted: the series has not so many numbers left.
    """
    numbers: dict[str, list[int | None]] = {field.attname: [None] * len(rows) for field in fields}
    demands: dict[str, _Demand] = {}
    for field in fields:
        explicit = explicit_positions(field, rows, loaded=accepting())
        wanted = [] if later else _due_positions(field, rows, explicit)
        for series, positions in by_series(field, rows, wanted):
            demand = demands.setdefault(series.key, _Demand(series))
            demand.takers.append((field, positions))
        for position in explicit:
            value = in_memory(rows[position], field.attname)
            check_accepted(value, field)
            number = field.get_prep_value(value)
            series = field.series_for(rows[position])
            demands.setdefault(series.key, _Demand(series)).imported.append((number, field))
            numbers[field.attname][position] = number
            setattr(rows[position], field.attname, number)
        if len(wanted) + len(explicit) < len(rows):
            numbered = {*wanted, *explicit}
            for position, row in enumerate(rows):
                if position not in numbered:  # a draft; a copy's number is not its own
                    setattr(row, field.attname, None)
                    remember(field, row, None)
    assigned = Assigned(numbers)
    for _key, demand in sorted(demands.items()):
        if demand.imported:
            imported = Import(demand.series, demand.imported, rows[0]._meta.apps)
            admit(imported, connection, conflicts=conflicts)
            assigned.imported.append(imported)
        _give(demand, rows, numbers, connection)
    return assigned


def _due_positions(
    field: NumberedField, rows: Sequence[Model], explicit: Sequence[int]
) -> list[int]:
    """Which rows need a number from their series."""
    condition = field.condition
    if condition is not None:
        positions = [position for position, row in enumerate(rows) if condition.holds(row)]
    else:
        positions = list(range(len(rows)))
    if explicit:
        out = set(explicit)
        positions = [position for position in positions if position not in out]
    return positions


def _give(
    demand: _Demand,
    rows: Sequence[Model],
    numbers: dict[str, list[int | None]],
    connection: BaseDatabaseWrapper,
) -> None:
    """Take what is wanted from a series, and set it on the rows."""
    count = sum(len(positions) for _field, positions in demand.takers)
    if not count:
        return
    taken = iter(take(demand.series, count, connection, rows[0]._meta.apps))
    for field, positions in demand.takers:
        column = numbers[field.attname]
        for position in positions:
            column[position] = next(taken)
        give(field, [(rows[position], column[position]) for position in positions])


def refuse_conflict(
    numbered: list[NumberedField],
    wanted: list[NumberedField],
    update_fields: Iterable[Field[Any, Any] | NumberedField] | None,
) -> None:
    """Refuse ``ignore_conflicts`` and ``update_conflicts`` where numbers would be lost by them.

    Args:
        numbered: the numbered fields of the table.
        wanted: those that need a number.
        update_fields: what is written to a row that is there already.
    """
    for field in wanted:
        raise OnConflictNotSupported(
            f"bulk_create() with ignore_conflicts or update_conflicts may insert fewer rows than "
            f"it was given, and {label_of(field)} would have a gap for each "
            f"one left out. Find the rows that exist first, then bulk_create() the others."
        )
    for field in numbered:
        for updated in update_fields or ():
            if field is updated:
                raise OnConflictNotSupported(
                    f"bulk_create(update_fields=…) would overwrite the numbers of existing rows: "
                    f"leave {label_of(field)} out of update_fields."
                )
            if updated.attname in columns_of(field):
                raise OnConflictNotSupported(
                    f"bulk_create(update_fields=…) would change {updated.name} of existing rows, "
                    f"on which {label_of(field)} depends: save them one by "
                    f"one."
                )
