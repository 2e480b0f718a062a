from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from gapless_fields.counters import dialects
from tests.actors import Actor, two_actors

WITHOUT_DATABASE = {
    "test_callsites.py",
    "test_callsites_fstrings.py",
    "test_callsites_labels.py",
    "test_callsites_parts.py",
    "test_checks_callsites.py",
    "test_development.py",
    "test_example_project.py",
    "test_docs.py",
    "test_layers.py",
    "test_translations.py",
    "test_tutorial.py",  # its project has a SQLite of its own
    "test_typing.py",
}
"""Files of tests that do the same whatever the database is. They take a third of the time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if connection.vendor == "sqlite":
        return
    skip = pytest.mark.skip(reason="does not depend on the database: run with SQLite")
    for item in items:
        # What runs in pytester's projects has a SQLite of its own.
        if item.path.name in WITHOUT_DATABASE or "pytester" in getattr(item, "fixturenames", ()):
            item.add_marker(skip)


@pytest.fixture
def actors(transactional_db) -> Iterator[tuple[Actor, Actor]]:
    with two_actors() as pair:
        yield pair


@pytest.fixture
def rows_have_locks() -> None:
    """Skip where the lock on a counter is the lock on the whole database."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite locks the whole database, so sequences wait for each other")


@pytest.fixture
def without_returning(monkeypatch) -> None:
    """No INSERT returns columns, as on MySQL and on SQLite before 3.35."""
    for name in ("can_return_columns_from_insert", "can_return_rows_from_bulk_insert"):
        connection.features.__dict__.pop(name, None)
        monkeypatch.setattr(type(connection.features), name, False)


DIALECTS = ["own", "generic"]
if connection.vendor == "mysql":
    DIALECTS.append("mysql")


@pytest.fixture(params=DIALECTS)
def dialect(request, monkeypatch) -> str:
    """Runs a test with the database's own dialect and with those that it can stand in for.

    MariaDB knows the SQL of MySQL's dialect, LAST_INSERT_ID(expr) included.
    """
    if request.param == "generic":
        monkeypatch.setattr(dialects, "DIALECTS", {})
    if request.param == "mysql":
        monkeypatch.setitem(dialects.DIALECTS, "mariadb", dialects.MySQLDialect)
    return request.param
