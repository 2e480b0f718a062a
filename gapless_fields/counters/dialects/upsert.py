"""What the dialects with their own SQL share: a single upsert moves a counter.

With SELECT-then-INSERT, two transactions that use a series for the first time could both see no
row. An upsert makes the second one wait for the first, as every later use does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from gapless_fields.counters.dialects.generic import BEING_CREATED, GenericDialect
from gapless_fields.series.series import MAX_VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapless_fields.series.series import Series

MOST_SERIES = 200
"""How many counters one statement increments."""

PEEK = """
             SELECT {last}
               FROM {table}
              WHERE {key} = %s
"""

STORE = """
             UPDATE {table}
                SET {last} = %s
              WHERE {key} = %s
"""

DROP = """
             DELETE
               FROM {table}
              WHERE {key} = %s
"""


class UpsertDialect(GenericDialect):
    """A dialect whose ``INCREMENT`` and ``LOCK`` are one statement that returns the last number."""

    INCREMENT: ClassVar[str]
    """Takes key, name, scope, the last number of a first block, the count, and its limit."""

    INCREMENT_MANY: ClassVar[str] = ""
    """The same for ``{{rows}}`` of key, name, scope and the last number of a first block, where
    ``{{before}}`` is the number before the first. Returns keys and last numbers. Empty if the
    database has no such statement."""

    LOCK: ClassVar[str]
    """Takes key, name, scope and ``BEING_CREATED``."""

    _statements: ClassVar[dict[tuple[type[UpsertDialect], str], str]] = {}

    def peek(self, series: Series) -> int | None:
        return self._fetch(PEEK, [series.key])

    def increment(self, series: Series, count: int) -> int | None:
        first_last = series.initial_value + count - 1
        if first_last > MAX_VALUE:
            return None
        params = [*self._names(series), first_last, count, MAX_VALUE - count]
        return self._fetch(self.INCREMENT, params)

    def increment_many(self, counts: Sequence[tuple[Series, int]]) -> list[int | None]:
        before = {series.initial_value - 1 for series, _count in counts}
        largest = max(count for _series, count in counts)
        if not self.INCREMENT_MANY or len(before) > 1 or max(before) + largest > MAX_VALUE:
            return super().increment_many(counts)
        (before_first,) = before
        found: dict[str, int] = {}
        for start in range(0, len(counts), MOST_SERIES):
            some = counts[start : start + MOST_SERIES]
            rows = ", ".join(["(%s, %s, %s, %s)"] * len(some))
            sql = self._sql(self.INCREMENT_MANY).format(rows=rows, before=before_first)
            params: list[Any] = []
            for series, count in some:
                params += [*self._names(series), before_first + count]
            with self.connection.cursor() as cursor:
                cursor.execute(sql, params)
                found |= {key: last for key, last, *_setting in cursor.fetchall()}
        return [found.get(series.key) for series, _count in counts]

    def lock(self, series: Series) -> int | None:
        last = self._fetch(self.LOCK, [*self._names(series), BEING_CREATED])
        return None if last == BEING_CREATED else last

    def store(self, series: Series, last: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql(STORE), [last, series.key])

    def drop(self, series: Series) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql(DROP), [series.key])
            return bool(cursor.rowcount)

    def _names(self, series: Series) -> list[Any]:
        return [series.key, series.name, series.scope_text]

    def _fetch(self, statement: str, params: list[Any]) -> int | None:
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql(statement), params)
            row = cursor.fetchone()
        return None if row is None else row[0]

    def _sql(self, statement: str) -> str:
        # Quoting depends only on the dialect, so each statement is built once per process.
        try:
            return self._statements[type(self), statement]
        except KeyError:
            from gapless_fields.models import Counter

            quote = self.connection.ops.quote_name
            columns = Counter._meta.local_concrete_fields
            names = {field.name: quote(field.attname) for field in columns}
            sql = statement.format(table=quote(Counter._meta.db_table), **names)
            self._statements[type(self), statement] = sql
            return sql
