"""The sequences of another package become series of this one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.db.transaction import atomic

from gapless_fields.counters.dialects.other_tables import read_columns, rename_table
from gapless_fields.moving.patterns import Pattern
from gapless_fields.moving.sources import find_table
from gapless_fields.series.registry import fields_of_sequence
from gapless_fields.series.series import Series
from gapless_fields.writing.syncing import sync

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.moving.sources import Source
    from gapless_fields.series.numbered_field import NumberedField


class Planned(NamedTuple):
    """What a sequence of the other package is to become."""

    name: str
    last: int
    series: Series
    field: NumberedField | None
    """A field whose rows are in the series. None: nothing but code takes its numbers."""


class Imported(NamedTuple):
    """What became of a sequence of the other package."""

    name: str
    last: int
    series: Series
    field: NumberedField | None
    before: int | None
    """The last number of the series before the import. None: it was unused."""

    after: int | None
    """The last number now. None: it is still unused."""


def patterns_of(pairs: Iterable[tuple[str, str]], apps: Apps | None = None) -> list[Pattern]:
    """Return the patterns of names that belong to fields.

    Args:
        pairs: the text of each pattern, and its field as ``app.Model.field``.
        apps: the models. None means the project's. (A migration has its own.)

    Raises:
        LookupError, ValueError: a pattern or a field is wrong; see ``Pattern``.
    """
    return [Pattern(text, target, apps) for text, target in pairs]


def import_sequences(
    source: Source,
    patterns: list[Pattern],
    connection: BaseDatabaseWrapper,
    *,
    apps: Apps | None = None,
    closing: bool = False,
    dry_run: bool = False,
) -> list[Imported]:
    """Move the series of this package forward to the sequences of another one, all or none.

    It opens an ``atomic()`` block. The old table is locked first, so that
    every number that was taken from it is committed or rolled back when it is read. A series is
    moved to the highest number in use if rows are ahead of the old table, and never back.

    Args:
        source: the table of the other package.
        patterns: the names that become series of a field. Any other name becomes the sequence of
            that name, without a scope.
        connection: the database, which has the old table and the counters.
        apps: the models whose rows count. None means the project's.
        closing: whether to rename the old table first, so that its users get an error from then
            on. A table that is closed already is read as it is.
        dry_run: return what would be done. Nothing is locked or written.

    Returns:
        What became of each sequence, in the order in which the counters were locked.

    Raises:
        LookupError: the database has no such table.
        ValueError: a sequence cannot become a series.
        SequenceLocked: the database's lock timeout has expired.
    """
    if dry_run:
        return _import(source, patterns, connection, apps, dry_run=True)
    with atomic(using=connection.alias):
        if closing and find_table(source, connection) == source.table:
            rename_table(source.table, source.closed_table, connection)
        return _import(source, patterns, connection, apps, dry_run=False)


def _import(
    source: Source,
    patterns: list[Pattern],
    connection: BaseDatabaseWrapper,
    apps: Apps | None,
    *,
    dry_run: bool,
) -> list[Imported]:
    table = find_table(source, connection)
    if table is None:
        raise LookupError(
            f'The database "{connection.alias}" has no table "{source.table}". Name the database '
            f"that has it."
        )
    columns = source.name, source.last
    found = read_columns(table, columns, connection, lock=not dry_run)
    planned = [
        _plan(name, last, patterns, connection, apps)
        for name, last in found
        if last >= source.first
    ]
    imported = []
    for one in sorted(planned, key=lambda one: (one.series.key, one.name)):
        before, after = sync(one.series, connection, given=one.last, apps=apps, dry_run=dry_run)
        imported.append(Imported(*one, before, after))
    return imported


def _plan(
    name: str,
    last: int,
    patterns: list[Pattern],
    connection: BaseDatabaseWrapper,
    apps: Apps | None,
) -> Planned:
    fitting = [
        (series, pattern) for pattern in patterns if (series := pattern.series_of(name)) is not None
    ]
    if len(fitting) > 1:
        raise ValueError(
            f'The sequence "{name}" fits {fitting[0][1]} and {fitting[1][1]}. Make one of the '
            f"patterns narrower."
        )
    field: NumberedField | None = None
    if fitting:
        series, field = fitting[0][0], fitting[0][1].field
    else:
        fields = fields_of_sequence(name, connection.alias, apps)
        field = next((field for field in fields if not field.scope), None)
        series = Series(name) if field is None else field.series
    if last > series.max_value:
        limit = "The greatest is" if series.reset_value is None else f"{field} gives none after"
        raise ValueError(
            f'The sequence "{name}" is at {last}. {limit} {series.max_value}. If it is not used '
            f"any more, delete its row from the old table."
        )
    return Planned(name, last, series, field)
