"""Where the numbers of a table are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class NumberColumn(NamedTuple):
    """Where the numbers of a table are stored, with names quoted for the database."""

    table: str
    column: str
    texts: tuple[str, ...]
    """The columns of the texts that are written with a number."""
    keys: tuple[str, ...]
    """The columns of the primary key."""
    key_types: tuple[str, ...]
    """Their types, as the database calls them."""
    type: str = "bigint"
    """The type of the column."""

    @property
    def condition(self) -> str:
        """The SQL condition that selects one row, by the values of its key."""
        return " AND ".join(f"{key} = %s" for key in self.keys)

    def update_by_case(self, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
        """Return the statement that writes the numbers of rows that have none, and its values.

        Args:
            rows: for each row, its number, its texts and the values of its key.
        """
        columns = self.column, *self.texts
        case = f"CASE {f'WHEN {self.condition} THEN %s ' * len(rows)}END"
        changes = ", ".join(f"{column} = {case}" for column in columns)
        where = " OR ".join([f"({self.condition})"] * len(rows))
        if len(self.keys) == 1:
            where = f"{self.keys[0]} IN ({', '.join(['%s'] * len(rows))})"
        keys = [row[len(columns) :] for row in rows]
        params: list[Any] = []
        for position in range(len(columns)):
            for row, key in zip(rows, keys, strict=True):
                params += [*key, row[position]]
        params += [value for key in keys for value in key]
        sql = f"UPDATE {self.table} SET {changes} WHERE {self.column} IS NULL AND ({where})"
        return sql, params
