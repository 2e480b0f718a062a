"""The tables of other packages, which need not be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Source(NamedTuple):
    """The table in which another package keeps its sequences."""

    table: str
    name: str
    """The column of the sequence's name."""

    last: str
    """The column of the last number given."""

    first: int
    """The lowest number that is ever given. A row with a lower one has given none."""

    @property
    def closed_table(self) -> str:
        """The name of the table once nobody takes numbers from it."""
        return f"{self.table}_closed"


SOURCES = {
    "sequences": Source("sequences_sequence", "name", "last", first=0),
    "django_seq": Source("django_seq__sequences", "key", "value", first=1),
}
"""By the label of the package's application."""


def find_table(source: Source, connection: BaseDatabaseWrapper) -> str | None:
    """Return the name of the table, which may be closed, or None if there is none."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    return next((name for name in (source.table, source.closed_table) if name in tables), None)
