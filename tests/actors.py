"""Two or more database sessions in one test, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, transaction

WAITS = 0.4  # seconds: a statement that has not ended by then waits for a lock


class Actor:
    """A session that does one thing after the other, and can be seen waiting."""

    def __init__(self, using: str = "default") -> None:
        self.using = using
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._blocks: list[Any] = []

    def start(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        return self._thread.submit(function, *args, **kwargs)

    def do(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.start(function, *args, **kwargs).result(30)

    def waits(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        future = self.start(function, *args, **kwargs)
        with pytest.raises(TimeoutError):
            future.result(WAITS)
        return future

    def begin(self) -> Future[Any]:
        block = transaction.atomic(using=self.using)
        self._blocks.append(block)
        return self.start(block.__enter__)

    def commit(self) -> None:
        self.do(self._blocks.pop().__exit__, None, None, None)

    def rollback(self) -> None:
        error = ZeroDivisionError()
        self.do(self._blocks.pop().__exit__, ZeroDivisionError, error, None)

    def execute(self, sql: str, *params: Any) -> Any:
        def run() -> Any:
            with connections[self.using].cursor() as cursor:
                cursor.execute(sql, params)
                return cursor.fetchall() if cursor.description else None

        return self.do(run)

    def close(self) -> None:
        def end() -> None:
            connections[self.using].close()
            connections[self.using].connection = None

        wait([self.start(end)], 30)
        self._thread.shutdown(wait=False)


@contextmanager
def two_actors() -> Iterator[tuple[Actor, Actor]]:
    one, two = Actor(), Actor()
    try:
        yield one, two
    finally:
        # First the one that the other may be waiting for.
        one.close()
        two.close()
