"""The dialect for any database: a row lock through Django's ORM."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

    from gapless_fields.counters.dialects.next_value import NextValue
    from gapless_fields.counters.dialects.number_columns import NumberColumn
    from gapless_fields.counters.dialects.triggers import TriggerWriter
    from gapless_fields.models import Counter
    from gapless_fields.series.series import Series

MOST_CASES = 200
"""How many rows one UPDATE of ``write_numbers()`` writes."""

BEING_CREATED = -1
"""The ``last`` of a counter between its INSERT and the first number, in one transaction."""


class GenericDialect:
    """Locks, reads and writes one counter; every method but ``peek`` needs a transaction."""

    CAN_RELEASE_EARLY: ClassVar[bool] = False
    """Whether a COMMIT can release its locks before the disk has it."""

    NEEDS_FUNCTION: ClassVar[bool] = False
    """Whether no row can be saved without what ``next_value()`` calls."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self._nowait = False

    def peek(self, series: Series) -> int | None:
        """Return the last number that is visible to this transaction, without a lock."""
        return self._counters(series).values_list("last", flat=True).first()

    def increment(self, series: Series, count: int) -> int | None:
        """Give ``count`` numbers of a series that does not loop, and return the last of them.

        Returns None and changes nothing if the series has too few numbers left.
        """
        last = self.lock(series)
        numbers = series.following(last, count)
        if numbers[-1] > series.max_value:
            return None
        self.store(series, numbers[-1])
        return numbers[-1]

    def increment_many(self, counts: Sequence[tuple[Series, int]]) -> list[int | None]:
        """Do what ``increment()`` does for several series, which are locked in this order."""
        return [self.increment(series, count) for series, count in counts]

    def lock(self, series: Series) -> int | None:
        """Lock the counter until the transaction ends, and return its last number.

        If the counter does not exist, it is created and None is returned. The caller must then
        store a number, or drop the counter, before the transaction ends.
        """
        last = self._select_for_update(series)
        if last is None:
            try:
                with transaction.atomic(using=self.connection.alias):
                    self._create(series)
            except IntegrityError:  # another transaction was first and has committed
                last = self._select_for_update(series)
                if last is None:  # not in our snapshot (REPEATABLE READ)
                    raise
        return None if last in (None, BEING_CREATED) else last

    def store(self, series: Series, last: int) -> None:
        """Write the last number of a counter that this transaction has locked."""
        self._counters(series).update(last=last)

    def last_date(self, series: Series) -> str | None:
        """Return the latest date of a counter that this transaction has locked."""
        # A read that locks, because another one may show the counter as it was before the lock.
        counters = self._counters(series).select_for_update()
        return counters.values_list("last_date", flat=True).first()

    def store_with_date(self, series: Series, last: int, date: str | None) -> None:
        """Write the last number and the latest date of a counter that is locked."""
        self._counters(series).update(last=last, last_date=date)

    def first(self, series: Series) -> int | None:
        """Return the first number that was recorded for a series. Takes no lock."""
        return self._counters(series).values_list("first", flat=True).first()

    def store_first(self, series: Series, first: int) -> None:
        """Record the first number of a counter that this transaction has locked."""
        self._counters(series).update(first=first)

    def drop(self, series: Series) -> bool:
        """Delete the counter, and return whether there was one."""
        return bool(self._counters(series).delete()[0])

    def next_value(self, series: Series, *, may_be_first: bool) -> NextValue | None:
        """Return an expression that takes the next number inside the INSERT that contains it.

        None if the database has no such expression. See ``NextValue``.
        """
        return None

    def number_row(self, series: Series, numbers: NumberColumn, key: Sequence[Any]) -> int | None:
        """Take the next number for one row, and write it, in one statement.

        Returns:
            The number, or None if nothing was done. That is so if the database has no such
            statement, if the series loops or has no numbers left, or if the row is gone or has a
            number.
        """
        return None

    def write_numbers(self, numbers: NumberColumn, rows: Sequence[Sequence[Any]]) -> int:
        """Write the numbers of rows that have none.

        Args:
            numbers: the column.
            rows: for each row, its number, its texts and the values of its key.

        Returns:
            How many rows were written.
        """
        # Each row is compared with half of the list, so a longer list takes longer per row.
        written = 0
        with self.connection.cursor() as cursor:
            for start in range(0, len(rows), MOST_CASES):
                cursor.execute(*numbers.update_by_case(rows[start : start + MOST_CASES]))
                written += cursor.rowcount
        return written

    @contextmanager
    def nowait(self, series: Series) -> Generator[None]:
        """Let statements inside fail at once instead of waiting for a lock.

        This opens a savepoint, or a transaction if there is none, so that the caller's transaction
        stays usable after such a failure. On first use, the generic dialect may still wait.
        """
        self._nowait = True
        try:
            with transaction.atomic(using=self.connection.alias):
                yield
        finally:
            self._nowait = False

    def trigger_writer(self) -> TriggerWriter | None:
        """Return what writes the triggers that protect numbers. None: nothing does."""
        return None

    def snapshot(self) -> AbstractContextManager[None]:
        """Open a transaction for reading, if there is none, in which queries see the same rows.

        What the generic dialect opens has the isolation level of the connection: each query may see
        the rows that were committed before it.
        """
        return transaction.atomic(using=self.connection.alias)

    def is_lock_error(self, error: DatabaseError) -> bool:
        """Return whether ``error`` was raised because a lock could not be obtained."""
        return self._nowait

    def is_overflow(self, error: DatabaseError) -> bool:
        """Return whether ``error`` was raised because a number became too large."""
        return False

    def is_double(self, error: DatabaseError, table: str, column: str) -> bool:
        """Return whether ``error`` means that another row has the number of a table's column.

        This may query the database, so the error must not have broken a block yet.
        """
        return False

    def create_function(self, execute: Callable[[str], object]) -> None:
        """Create what ``next_value()`` calls, in the schema that the connection uses.

        Raises:
            DatabaseError: the user lacks a right, for example.
        """

    def drop_function(self, execute: Callable[[str], object]) -> None:
        """Drop what ``next_value()`` calls in that schema, and nothing in another one."""

    def lacks_function(self) -> bool:
        """Return whether the counters' table exists without what ``next_value()`` calls."""
        return False

    def do_without_function(self) -> None:
        """Let ``next_value()`` return None for a while, after a call that was ``NOT_CALLABLE``."""

    def rights_for_function(self) -> list[str]:
        """Return the SQL statements with which an administrator lets ``migrate`` create it."""
        return []

    def reads_uncommitted(self) -> bool:
        """Return whether this connection reads what other transactions may still roll back."""
        return False

    def lacks_time_zone(self) -> bool:
        """Return whether the database cannot convert a datetime to the project's ``TIME_ZONE``."""
        return False

    def unlogged_tables(self, tables: Sequence[str]) -> list[str]:
        """Return which of ``tables`` are emptied after a crash of the server."""
        return []

    def tables_without_transactions(self, tables: Sequence[str]) -> list[str]:
        """Return which of ``tables`` keep what a rolled-back transaction has written to them."""
        return []

    def tables_with_insert_rules(self, tables: Sequence[str]) -> list[str]:
        """Return which of ``tables`` have a rule by which an INSERT runs ``next_value()`` again."""
        return []

    def partial_indexes(self, table: str) -> set[str] | None:
        """Return the indexes that leave out rows; None if it is not known which do."""
        return None

    def _counters(self, series: Series) -> QuerySet[Counter]:
        # Models cannot be imported before their application is loaded.
        from gapless_fields.models import Counter

        return Counter._base_manager.using(self.connection.alias).filter(pk=series.key)

    def _select_for_update(self, series: Series) -> int | None:
        if not self.connection.features.has_select_for_update:
            # Django ignores select_for_update() there (SQLite). A write takes the lock. A read that
            # later became a write would fail instead of waiting.
            self._counters(series).update(last=F("last"))
        counters = self._counters(series).select_for_update(nowait=self._nowait)
        return counters.values_list("last", flat=True).first()

    def _create(self, series: Series) -> None:
        self._counters(series).create(
            key=series.key, name=series.name, scope=series.scope_text, last=BEING_CREATED
        )
