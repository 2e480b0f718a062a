"""Where the numbers of a table are stored."""

from __future__ import annotations

from typing import NamedTuple


class NumberColumn(NamedTuple):
    """Where the numbers of a table are stored, with names quoted for the database."""

    table: str
    column: str
    keys: tuple[str, ...]
    """The columns of the primary key."""
    key_types: tuple[str, ...]
    """Their types, as the database calls them."""

    @property
    def condition(self) -> str:
        """The SQL condition that selects one row, by the values of its key."""
        return " AND ".join(f"{key} = %s" for key in self.keys)
