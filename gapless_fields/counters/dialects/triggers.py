"""The triggers that protect the numbers of a table, as each database writes them.

Each has a name that ends with a hash of what it does, so that the names alone tell whether what a
database has is what the models declare.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gapless_fields.counters.dialects.protected import Protected
from gapless_fields.counters.dialects.trigger_names import literal

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

COUNTERS = "gapless_fields_counter"
REGISTER = "gapless_fields_registerentry"
EXEMPTIONS = "gapless_fields_exemption"


class Trigger(NamedTuple):
    """A trigger: its SQL stands before and after the name of the table."""

    name: str
    before: str
    after: str
    function: str = ""
    """The statement that creates its function, if it has one."""


class TriggerWriter:
    """Writes triggers for one kind of database: one for each event."""

    EVENTS: tuple[str, ...] = ("insert", "update", "delete")

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name

    def triggers(self, protected: Protected) -> list[Trigger]:
        """Return the triggers for a column."""
        events = [one for one in self.EVENTS if one != "insert" or not protected.is_append_only]
        return [self.trigger(event, protected) for event in events]

    @abstractmethod
    def trigger(self, event: str, protected: Protected) -> Trigger:
        """Return the trigger for an event."""

    @abstractmethod
    def existing(self, table: str) -> list[str]:
        """Return the names of the triggers of a table."""

    def can_see_triggers(self) -> bool:
        """Return whether the user of the connection is shown the triggers that exist."""
        return True

    @abstractmethod
    def drop(self, name: str, table: str) -> list[str]:
        """Return the statements that drop a trigger, and its function if it has one."""

    def drop_orphans(self) -> list[str]:
        """Return the statements that drop what a dropped table has left behind."""
        return []

    @abstractmethod
    def as_text(self, sql: str) -> str:
        """Return an expression as text."""

    def exact(self, sql: str) -> str:
        """Return a text so that no collation treats two texts as one."""
        return sql

    @abstractmethod
    def differs(self, one: str, other: str) -> str:
        """Return the condition that two values differ, where NULL is a value."""

    @abstractmethod
    def concat(self, *texts: str) -> str:
        """Return the expression that joins texts."""

    @abstractmethod
    def encoded(self, sql: str) -> str:
        """Return a text as it stands in the key of a counter: see ``make_key()``."""

    def boolean_as_text(self, sql: str) -> str:
        """Return a boolean as 1 or 0."""
        return self.as_text(sql)

    def date_as_text(self, sql: str) -> str:
        """Return a date in ISO 8601."""
        return self.as_text(sql)

    def uuid_as_text(self, sql: str) -> str:
        """Return a UUID with its dashes."""
        if self.connection.features.has_native_uuid_field:
            return self.as_text(sql)
        places = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        parts = [f"SUBSTR({sql}, {start}, {length})" for start, length in places]
        return self.joined("-", parts)

    def native(self, sql: str) -> str:
        """Return an expression without what only Django's own connections can evaluate."""
        return sql

    def can_evaluate(self, sql: str) -> bool:
        """Return whether every program that writes to the database can evaluate an expression."""
        return True

    def row_key(self, row: str, keys: Sequence[str]) -> str:
        """Return the primary key of a row as text, which a void of the register holds."""
        texts = [self.as_text(f"{row}.{key}") for key in keys]
        return self.joined("/", texts)

    def joined(self, separator: str, texts: Sequence[str]) -> str:
        """Return the expression that joins texts with something between them."""
        found = [texts[0]]
        for text in texts[1:]:
            found += [literal(separator), text]
        return self.concat(*found) if len(found) > 1 else found[0]

    # Conditions

    def is_exempt(self, protected: Protected) -> str:
        """Return the condition that an exemption is in force.

        Exemptions by ``unprotected()`` have positive keys. The register gives way only to those by
        ``manage.py flush``, whose keys are negative.
        """
        where = f" WHERE {self.quote('id')} < 0" if protected.is_append_only else ""
        return f"EXISTS (SELECT 1 FROM {self.quote(EXEMPTIONS)}{where})"

    def is_void(self, protected: Protected) -> str:
        """Return the condition that the row to be deleted is void."""
        kind, protection, key = map(self.quote, ("kind", "protection", "row_key"))
        first, last = map(self.quote, ("first", "last"))
        number = f"OLD.{protected.column}"
        return (
            f"EXISTS (SELECT 1 FROM {self.quote(REGISTER)} WHERE {kind} = 'void' "
            f"AND {protection} = {literal(protected.name)} "
            f"AND {key} = {self.row_key('OLD', protected.keys)} "
            f"AND {first} <= {number} AND {last} >= {number})"
        )

    def counter_key(self, protected: Protected, row: str) -> str | None:
        """Return the key of the counter of a row. None if numbers are not compared with it."""
        texts = [part.text for part in protected.parts]
        if not protected.is_issued_by_counter or None in texts:
            return None
        key = literal(protected.key)
        pieces = [
            piece for text in texts for piece in ("'/'", f"COALESCE({_of(row, str(text))}, '~')")
        ]
        return self.concat(key, *pieces) if pieces else key

    def is_above_counter(self, key: str, number: str) -> str:
        """Return the condition that the counter of that key has not given the number.

        The key of a series with long texts is a hash, which not every database computes.
        """
        names, last = self.quote("key"), self.quote("last")
        return (
            f"(NOT EXISTS (SELECT 1 FROM {self.quote(COUNTERS)} WHERE {names} = {key} "
            f"AND {last} >= {number}) AND LENGTH({key}) <= 255)"
        )

    def is_not_issued(self, protected: Protected) -> str | None:
        """Return the condition that the counter has not given the new number."""
        key = self.counter_key(protected, "NEW")
        return None if key is None else self.is_above_counter(key, f"NEW.{protected.column}")

    def is_changed(self, value: str) -> str:
        """Return the condition that a value of a row changes."""
        return self.differs(_of("OLD", value), _of("NEW", value))

    def is_moved(self, protected: Protected) -> str:
        """Return the condition that the number, the series or the date of a row changes."""
        columns = [protected.column, *protected.kept]
        changes = [self.differs(f"OLD.{column}", f"NEW.{column}") for column in columns]
        for text in protected.texts:
            changed = self.differs(self.exact(f"OLD.{text}"), self.exact(f"NEW.{text}"))
            changes.append(f"(OLD.{text} IS NOT NULL AND {changed})")
        for part in protected.parts:
            touched = " OR ".join(self.is_changed(column) for column in part.columns)
            changed = self.is_changed(part.value)
            changes.append(changed if changed == touched else f"(({touched}) AND {changed})")
        return f"({' OR '.join(changes)})"

    def refused(self, event: str, protected: Protected) -> Iterator[tuple[str, str]]:
        """Yield the conditions under which an event is refused, each with what the error says."""
        column, label = protected.column, protected.label
        if protected.is_append_only:
            yield "1 = 1", f"{label} is append-only"
            return
        unissued = self.is_not_issued(protected)
        not_given = f"{label}: the sequence has not given this number to the row"
        if event == "insert" and unissued is not None:
            yield f"NEW.{column} IS NOT NULL AND {unissued}", not_given
        elif event == "update":
            text = f"{label}: a number stays with its row and series; see unprotected()"
            yield f"OLD.{column} IS NOT NULL AND {self.is_moved(protected)}", text
            if unissued is not None:
                yield f"OLD.{column} IS NULL AND NEW.{column} IS NOT NULL AND {unissued}", not_given
        elif event == "delete":
            text = f"{label}: void_and_delete() deletes a row with its number"
            yield f"OLD.{column} IS NOT NULL AND NOT {self.is_void(protected)}", text


def _of(row: str, sql: str) -> str:
    return sql.replace("{row}", row)
