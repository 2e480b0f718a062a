"""Where a number is taken inside its INSERT, and by what function."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

POSTGRESQL = connection.vendor == "postgresql"

on_postgresql = pytest.mark.skipif(not POSTGRESQL, reason="asks about PostgreSQL's function")
on_mariadb_and_mysql = pytest.mark.skipif(
    connection.vendor != "mysql", reason="asks about the function on MariaDB and MySQL"
)


def in_autocommit(action):
    return action()


def in_atomic(action):
    with transaction.atomic():
        return action()


ways = pytest.mark.parametrize("way", [in_autocommit, in_atomic])


def is_mysql() -> bool:
    """Whether the database is MySQL, which has no RETURNING. Connects, as Django does to know."""
    return connection.vendor == "mysql" and not connection.mysql_is_mariadb


def in_blocks() -> bool:
    """Whether a number is taken inside its INSERT in atomic() as well as in autocommit mode."""
    return POSTGRESQL or (connection.vendor == "mysql" and not is_mysql())


def functions() -> list[str]:
    """The package's functions in the database that the connection uses, without triggers'."""
    query = (
        "SELECT proname FROM pg_proc "
        "WHERE proname LIKE 'gapless%' AND prorettype <> 'trigger'::regtype"
    )
    if not POSTGRESQL:
        query = (
            "SELECT routine_name FROM information_schema.routines "
            "WHERE routine_schema = DATABASE() AND routine_name LIKE 'gapless%'"
        )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [name for (name,) in cursor.fetchall()]
