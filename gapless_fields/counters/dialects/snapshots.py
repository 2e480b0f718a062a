"""Transactions in which every query sees the same rows, and no writer waits for them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

POSTGRESQL = ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"]

# The first statement is for the next transaction only, which the second one begins.
MYSQL = [
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
]


@contextmanager
def snapshot_by(statements: Sequence[str], connection: BaseDatabaseWrapper) -> Generator[None]:
    """Open a transaction, and run statements before its first query."""
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        yield


@contextmanager
def deferred_snapshot(connection: BaseDatabaseWrapper) -> Generator[None]:
    """Open a transaction of SQLite that takes no lock until it reads.

    Django's ``atomic()`` begins as ``transaction_mode`` says. IMMEDIATE would keep writers waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
