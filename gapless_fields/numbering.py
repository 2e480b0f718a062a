"""The numbers of rows that are being written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import field as default_field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from gapless_fields import counters
from gapless_fields.adoption import refuse_if_numbered, take
from gapless_fields.exceptions import NumberChanged, NumberNotIssued
from gapless_fields.provenance import (
    UNKNOWN,
    explicit_positions,
    give,
    in_memory,
    is_explicit,
    remember,
    remembered,
)

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.registry import NumberedField
    from gapless_fields.series import Series

_accepting: ContextVar[bool] = ContextVar("gapless_accepting", default=False)


@contextmanager
def accept_numbers() -> Iterator[None]:
    """Take the numbers that new rows bring along, and move the counters forward past them.

    For imports. Inside, a row that is inserted with a number keeps it, and the series goes on after
    the highest; a row without one gets the next number as ever. Outside, a number that its series
    has not issued is refused with ``NumberNotIssued``. Also a decorator.

    Needs no transaction of its own, but each row locks its series until the transaction ends.
    """
    token = _accepting.set(True)
    try:
        yield
    finally:
        _accepting.reset(token)


def is_wanted(field: NumberedField, rows: Sequence[Model]) -> bool:
    """Whether any of the rows that are being inserted needs a number from its series."""
    condition = field.condition
    return any(
        not is_explicit(field, row) and (condition is None or condition.holds(row)) for row in rows
    )


@dataclass
class _Demand:
    """What the rows of one statement want from one series."""

    series: Series
    takers: list[tuple[NumberedField, list[int]]] = default_field(default_factory=list)
    explicit: dict[int, NumberedField] = default_field(default_factory=dict)


def assign(
    rows: Sequence[Model],
    fields: Sequence[NumberedField],
    connection: BaseDatabaseWrapper,
    *,
    later: bool = False,
) -> dict[str, list[int | None]]:
    """Number the rows of one INSERT, in the caller's transaction.

    One counter update a series, the series in sorted order, so that two statements never wait for
    each other. Sets the numbers on the instances, which remember them.

    Args:
        rows: the rows, in the order of the statement.
        fields: the numbered fields of the table.
        connection: the database.
        later: take no numbers now; those that rows bring along are admitted all the same.

    Returns:
        The numbers in the order of the rows, by the field's attname; None for rows that are not
        to be numbered yet.

    Raises:
        NumberNotIssued: a row brings a number along that its series has not issued.
        SequenceNotSynced: the series is unused, but rows carry its numbers.
        SequenceLocked: the database's lock time-out has passed.
        SequenceExhausted: the series has not so many numbers left.
    """
    numbers: dict[str, list[int | None]] = {field.attname: [None] * len(rows) for field in fields}
    demands: dict[str, _Demand] = {}
    for field in fields:
        explicit = explicit_positions(field, rows)
        wanted = [] if later else _wanted_positions(field, rows, explicit)
        for series, positions in _by_series(field, rows, wanted):
            demand = demands.setdefault(series.key, _Demand(series))
            demand.takers.append((field, positions))
        for position in explicit:
            series = field.series_for(rows[position])
            number = field.get_prep_value(in_memory(rows[position], field.attname))
            demands.setdefault(series.key, _Demand(series)).explicit[number] = field
            numbers[field.attname][position] = number
            setattr(rows[position], field.attname, number)
        if len(wanted) + len(explicit) < len(rows):
            numbered = {*wanted, *explicit}
            for position, row in enumerate(rows):
                if position not in numbered:  # a draft; a copy's number is not its own
                    setattr(row, field.attname, None)
                    remember(field, row, None)
    for _key, demand in sorted(demands.items()):
        if demand.explicit:
            _admit(demand, connection)
        _give(demand, rows, numbers, connection)
    return numbers


def _wanted_positions(
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


def _by_series(
    field: NumberedField, rows: Sequence[Model], positions: list[int]
) -> list[tuple[Series, list[int]]]:
    """The rows at these positions, by their series, which is put together once for equal values.

    For 10,000 rows of one series, 5 ms instead of 90.
    """
    if not field.scope:
        return [(field.series, positions)] if positions else []
    names = field.scope_attnames
    groups: dict[Any, list[int]] = {}
    for position in positions:
        row = rows[position]
        # With its type: 1 and True are one key, and two texts.
        key = tuple([(type(value := in_memory(row, name)), value) for name in names])
        try:
            groups.setdefault(key, []).append(position)
        except TypeError:  # not hashable, as no value of a column is; it may be converted yet
            groups[object()] = [position]
    found: dict[str, tuple[Series, list[int]]] = {}
    for group in groups.values():
        series = field.series_for(rows[group[0]])
        found.setdefault(series.key, (series, []))[1].extend(group)
    # Two dates of a year are two groups.
    return [(series, sorted(positions)) for series, positions in found.values()]


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


def _admit(demand: _Demand, connection: BaseDatabaseWrapper) -> None:
    """Let numbers pass that the series has issued, or that ``accept_numbers()`` lets in."""
    series = demand.series
    if _accepting.get():
        lowest = 0 if series.reset_value is None else series.initial_value
        highest = series.max_value
    else:
        lowest = series.initial_value
        # Without a lock: a committed counter never goes back.
        last = counters.peek(series, connection)
        if last is None:
            highest = -1
        else:
            # A loop has issued every number of its range, as far as anybody can tell.
            highest = last if series.reset_value is None else series.max_value
    for number, field in demand.explicit.items():
        if not lowest <= number <= highest:
            raise NumberNotIssued(
                _(
                    "%(field)s is %(number)d, a number that the sequence %(series)s has not "
                    "issued. Leave it out to get the next number; to import rows with their own "
                    "numbers, save them inside gapless_fields.accept_numbers(); if the rows are "
                    'right and the counter is behind, run "manage.py sync_sequences".'
                )
                % {
                    "field": f"{field.model._meta.label}.{field.name}",
                    "number": number,
                    "series": series,
                }
            )
    if _accepting.get():
        _advance(series, max(demand.explicit), connection, field.model._meta.apps)


def _advance(
    series: Series, number: int, connection: BaseDatabaseWrapper, apps: Apps | None = None
) -> None:
    """Move the counter forward to a number that is being imported."""
    last = counters.lock(series, connection)
    if last is None:
        refuse_if_numbered(series, number + 1, connection, apps)
        if number < series.initial_value:
            counters.drop(series, connection)
            return
    if last is None or last < number:
        counters.store(series, number, connection)


def check_unchanged(field: NumberedField, instance: Model, row: QuerySet[Model]) -> None:
    """Refuse the UPDATE of an instance whose number was changed by hand.

    A number that the instance remembers costs nothing; any other is compared with the row's.

    Args:
        field: the numbered field.
        instance: the instance that is being saved.
        row: the queryset that the UPDATE will run on.

    Raises:
        NumberChanged: the row has another number.
    """
    number = instance.__dict__.get(field.attname, UNKNOWN)  # absent while it is deferred
    known = remembered(field, instance)
    if number is UNKNOWN or number == known or (number is None and known is UNKNOWN):
        return
    actual = list(row.order_by().values_list(field.attname, flat=True)[:1])
    if not actual:
        return  # save() will INSERT
    if actual[0] != field.get_prep_value(number):
        raise NumberChanged(
            _(
                "%(field)s of the row with primary key %(pk)s is %(actual)s and cannot be changed "
                "to %(number)s: a number stays with its row. Use refresh_from_db() to get it back."
            )
            % {
                "field": f"{field.model._meta.label}.{field.name}",
                "pk": instance.pk,
                "actual": actual[0],
                "number": number,
            }
        )
    remember(field, instance, actual[0])
