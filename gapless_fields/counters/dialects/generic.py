"""The dialect for any database: a row lock through Django's ORM."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

    from gapless_fields.counters.dialects.next_value import NextValue
    from gapless_fields.models import Counter
    from gapless_fields.series.series import Series

MOST_CASES = 200
"""How many rows one UPDATE of ``write_numbers()`` writes."""

BEING_CREATED = -1
"""The ``last`` of a counter between its INSERT and the first number, in one transaction."""


class NumberColumn(NamedTuple):
    """Where the numbers of a table are: names as the database wants them quoted."""

    table: str
    column: str
    keys: tuple[str, ...]
    """The columns of the primary key."""
    key_types: tuple[str, ...]
    """Their types, as the database calls them."""

    @property
    def condition(self) -> str:
        """What selects one row, by the values of its key."""
        return " AND ".join(f"{key} = %s" for key in self.keys)


class GenericDialect:
    """Locks, reads and writes one counter; every method but ``peek`` needs a transaction."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self._nowait = False

    def peek(self, series: Series) -> int | None:
        """Return the last number that is visible to this transaction, without a lock."""
        return self._counters(series).values_list("last", flat=True).first()

    def increment(self, series: Series, count: int) -> int | None:
        """Give ``count`` numbers of a series that does not loop, and return the last of them.

        Returns None, and changes nothing, where the series has not so many left.
        """
        last = self.lock(series)
        numbers = series.following(last, count)
        if numbers[-1] > series.max_value:
            return None
        self.store(series, numbers[-1])
        return numbers[-1]

    def lock(self, series: Series) -> int | None:
        """Lock the counter until the transaction ends, and return its last number.

        A counter that does not exist is created: then the answer is None, and the caller stores a
        number, or drops the counter, before the transaction ends.
        """
        last = self._select_for_update(series)
        if last is None:
            try:
                with transaction.atomic(using=self.connection.alias):
                    self._create(series)
            except IntegrityError:  # another transaction was first, and has committed
                last = self._select_for_update(series)
                if last is None:  # not in our snapshot (REPEATABLE READ)
                    raise
        return None if last in (None, BEING_CREATED) else last

    def store(self, series: Series, last: int) -> None:
        """Write the last number of a counter that this transaction has locked."""
        self._counters(series).update(last=last)

    def drop(self, series: Series) -> bool:
        """Delete the counter, and tell whether there was one."""
        return bool(self._counters(series).delete()[0])

    def next_value(self, series: Series, *, may_be_first: bool) -> NextValue | None:
        """An expression that takes the next number inside the INSERT that contains it.

        None where the database has none. See ``NextValue``.
        """
        return None

    def number_row(self, series: Series, numbers: NumberColumn, key: Sequence[Any]) -> int | None:
        """Take the next number for one row, and write it, in one statement.

        Returns:
            The number; None where nothing was done: the database has no such statement, the series
            loops or has no number left, or the row is gone or has a number.
        """
        return None

    def write_numbers(self, numbers: NumberColumn, rows: Sequence[Sequence[Any]]) -> int:
        """Write the numbers of rows that have none.

        Args:
            numbers: the column.
            rows: for each row its number, and the values of its key.

        Returns:
            How many rows were written.
        """
        # Each row is compared with half of the list: a longer one takes longer a row.
        return sum(
            self._write_by_case(numbers, rows[start : start + MOST_CASES])
            for start in range(0, len(rows), MOST_CASES)
        )

    def _write_by_case(self, numbers: NumberColumn, rows: Sequence[Sequence[Any]]) -> int:
        cases = f"WHEN {numbers.condition} THEN %s " * len(rows)
        where = " OR ".join([f"({numbers.condition})"] * len(rows))
        if len(numbers.keys) == 1:
            where = f"{numbers.keys[0]} IN ({', '.join(['%s'] * len(rows))})"
        params = [value for number, *key in rows for value in (*key, number)]
        params += [value for _number, *key in rows for value in key]
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {numbers.table} SET {numbers.column} = CASE {cases}END "
                f"WHERE {numbers.column} IS NULL AND ({where})",
                params,
            )
            return int(cursor.rowcount)

    @contextmanager
    def nowait(self, series: Series) -> Generator[None]:
        """Let statements inside fail at once where they would wait for a lock.

        Opens a savepoint, or a transaction where there is none, so that the caller's transaction
        stays usable after such a failure. On first use the generic dialect may still wait.
        """
        self._nowait = True
        try:
            with transaction.atomic(using=self.connection.alias):
                yield
        finally:
            self._nowait = False

    def is_lock_error(self, error: DatabaseError) -> bool:
        """Tell whether the database raised ``error`` because a lock could not be had."""
        return self._nowait

    def is_overflow(self, error: DatabaseError) -> bool:
        """Tell whether the database raised ``error`` because a number became too great."""
        return False

    def is_double(self, error: DatabaseError, column: str) -> bool:
        """Tell whether ``error`` says that another row has the number that a column was to get."""
        return False

    def create_function(self, execute: Callable[[str], object]) -> None:
        """Create what ``next_value()`` calls, in the schema that the connection uses."""

    def drop_function(self, execute: Callable[[str], object]) -> None:
        """Drop what ``next_value()`` calls, and nothing of another schema."""

    def lacks_function(self) -> bool:
        """Tell whether the counters' table is there, but not what ``next_value()`` calls."""
        return False

    def reads_uncommitted(self) -> bool:
        """Tell whether this connection reads what other transactions may still roll back."""
        return False

    def lacks_time_zone(self) -> bool:
        """Tell whether the database cannot convert a datetime to the project's ``TIME_ZONE``."""
        return False

    def unlogged_tables(self, tables: Sequence[str]) -> list[str]:
        """Which of ``tables`` are emptied when the server has crashed."""
        return []

    def tables_without_transactions(self, tables: Sequence[str]) -> list[str]:
        """Which of ``tables`` keep what is written to them when a transaction is rolled back."""
        return []

    def tables_with_insert_rules(self, tables: Sequence[str]) -> list[str]:
        """Which of ``tables`` have a rule that makes an INSERT evaluate ``next_value()`` again."""
        return []

    def _counters(self, series: Series) -> QuerySet[Counter]:
        # Models cannot be imported before their application is.
        from gapless_fields.models import Counter

        return Counter._base_manager.using(self.connection.alias).filter(pk=series.key)

    def _select_for_update(self, series: Series) -> int | None:
        if not self.connection.features.has_select_for_update:
            # Django ignores select_for_update() there (SQLite); a write takes the lock, and a
            # read that became a write later would fail instead of waiting.
            self._counters(series).update(last=F("last"))
        counters = self._counters(series).select_for_update(nowait=self._nowait)
        return counters.values_list("last", flat=True).first()

    def _create(self, series: Series) -> None:
        self._counters(series).create(
            key=series.key, name=series.name, scope=series.scope_text, last=BEING_CREATED
        )
