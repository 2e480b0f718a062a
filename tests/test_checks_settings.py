"""W101 to W105 and E101 to E103: one test for each id, both directions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.checks import ERROR, WARNING, run_checks
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext, override_settings

from gapless_fields.checks import messages
from gapless_fields.checks.databases import check_databases
from gapless_fields.checks.settings import check_settings
from gapless_fields.models import Counter
from tests.testapp.models import Bare, Invoice

CHECKS = Path(__file__).parent.parent / "docs" / "checks.md"


def only(found, id_):
    """The finding, where it is the only one."""
    assert [message.id for message in found] == [f"gapless_fields.{id_}"]
    assert f"checks.html#gapless-fields-{id_.lower()}" in found[0].hint
    assert found[0].level == (ERROR if id_.startswith("E") else WARNING)
    return found[0]


def test_noop():
    assert check_settings() == []
    assert not [m for m in run_checks() if m.id.startswith("gapless_fields.W1")]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "not a dictionary"),
        (None, "not a dictionary"),
        ({"CHECK_PATH": []}, "no setting 'CHECK_PATH'"),
        ({"CHECK_PATHS": "shop"}, "not a list of paths"),
        ({"CHECK_PATHS": [1]}, "not a list of paths"),
        ({"CHECK_PATHS": ["/no/such/folder"]}, "does not exist"),
        ({"ATOMIC_WRAPPERS": "serializable"}, "not a list of names"),
        ({"CHECK_CALLSITES": "no"}, "not True or False"),
    ],
)
def test_e101_settings_of_the_package(value, says):
    with override_settings(GAPLESS_FIELDS=value):
        assert says in only(check_settings(), "E101").msg


def test_e101_silent_twin(tmp_path):
    value = {"CHECK_PATHS": [tmp_path], "ATOMIC_WRAPPERS": ("a.b",), "CHECK_CALLSITES": False}
    for settings in ({}, value):
        with override_settings(GAPLESS_FIELDS=settings):
            assert check_settings() == []


class NoCountersInOther:
    def db_for_write(self, model, **hints):
        return "other" if model in (Bare, Invoice) else None

    def allow_migrate(self, db, app_label, **hints):
        return db != "other" if app_label == "gapless_fields" else None


def test_e102_router_keeps_the_counters_away(settings):
    settings.DATABASE_ROUTERS = [NoCountersInOther()]
    message = only(check_settings(), "E102")
    assert message.obj == 'DATABASES["other"]'
    assert "testapp.Bare" in message.msg
    assert "testapp.Invoice" in message.msg


class NothingInOther:
    def allow_migrate(self, db, app_label, **hints):
        return db != "other"


def test_e102_silent_twin(settings):
    settings.DATABASE_ROUTERS = [NothingInOther()]
    assert check_settings() == []


def with_options(monkeypatch, **options):
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)


@pytest.fixture
def on_sqlite():
    if connection.vendor != "sqlite":
        pytest.skip("asks about SQLite alone")


@pytest.mark.usefixtures("on_sqlite")
@pytest.mark.parametrize("mode", [{}, {"transaction_mode": None}, {"transaction_mode": "DEFERRED"}])
def test_w101_sqlite_without_immediate(monkeypatch, mode):
    with_options(monkeypatch, **mode)
    message = only(check_settings(), "W101")
    assert message.obj == 'DATABASES["default"]'
    assert '["OPTIONS"]["transaction_mode"] = "IMMEDIATE"' in message.hint


@pytest.mark.usefixtures("on_sqlite")
def test_w101_silent_twins(monkeypatch):
    for mode in ("IMMEDIATE", "immediate", "EXCLUSIVE"):
        with_options(monkeypatch, transaction_mode=mode)
        assert check_settings() == []
    with_options(monkeypatch)
    monkeypatch.setitem(connection.settings_dict, "NAME", ":memory:")
    assert check_settings() == []


def test_w101_other_databases_need_no_mode(monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("asks about other databases than SQLite")
    with_options(monkeypatch)
    assert check_settings() == []


def test_w102_atomic_requests_at_the_top_level(settings, monkeypatch):
    settings.ATOMIC_REQUESTS = True
    message = only(check_settings(), "W102")
    assert 'DATABASES["default"]["ATOMIC_REQUESTS"]' in message.hint
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert check_settings() == []
    settings.ATOMIC_REQUESTS = False
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", False)
    assert check_settings() == []


def test_w103_autocommit_off(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", False)
    assert only(check_settings(), "W103").obj == 'DATABASES["default"]'


def test_settings_are_checked_without_a_connection(settings, monkeypatch):
    """A wrong password or a server that is down must not keep ``check`` from running."""
    for alias in connections:
        monkeypatch.setattr(connections[alias], "connect", None)
        monkeypatch.setattr(connections[alias], "connection", None)
    assert check_settings() == []


def test_silent_without_a_numbered_model(settings, monkeypatch):
    settings.INSTALLED_APPS = ["gapless_fields"]
    settings.ATOMIC_REQUESTS = True
    with_options(monkeypatch)
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", False)
    assert check_settings() == []


@pytest.mark.django_db(databases=["default", "other"])
def test_databases_noop():
    assert check_databases(databases=["default", "other"]) == []
    assert check_databases(databases=None) == []
    found = {message.id for message in run_checks(databases=["default"])}
    assert not [id_ for id_ in found if id_.startswith(("gapless_fields.W1", "gapless_fields.E"))]


@pytest.mark.django_db(databases=["default", "other"])
def test_only_the_named_databases_are_asked(settings):
    with CaptureQueriesContext(connection) as default:
        check_databases(databases=["other"])
    assert len(default) == 0
    settings.DATABASE_ROUTERS = [NothingInOther()]
    with CaptureQueriesContext(connections["other"]) as other:
        check_databases(databases=["default", "other"])
    assert len(other) == 0


@pytest.mark.django_db(transaction=True)
def test_w104_no_table_of_counters():
    with connection.schema_editor() as editor:
        editor.delete_model(Counter)
    try:
        message = only(check_databases(databases=["default"]), "W104")
        assert "migrate gapless_fields --database default" in message.hint
        run_checks(databases=["default"])
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Counter)
    assert check_databases(databases=["default"]) == []


@pytest.mark.django_db
def test_w104_silent_before_the_first_migrate(settings):
    """``migrate`` runs this check before it has made any table."""
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "tests.testapp"]
    assert check_databases(databases=["default"]) == []


@pytest.fixture
def on_mariadb():
    if connection.vendor != "mysql":
        pytest.skip("only MariaDB and MySQL have tables without transactions and dirty reads")


@pytest.mark.usefixtures("on_mariadb")
@pytest.mark.django_db
def test_w105_read_uncommitted():
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        try:
            message = only(check_databases(databases=["default"]), "W105")
        finally:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    assert '["isolation_level"] = "read committed"' in message.hint
    assert check_databases(databases=["default"]) == []


@pytest.mark.usefixtures("on_mariadb")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    # The counters' key is too long for an index of the other two.
    ("model", "engine"),
    [(Bare, "MyISAM"), (Bare, "MEMORY"), (Bare, "Aria"), (Counter, "Aria")],
)
def test_e103_table_without_transactions(model, engine):
    if engine == "Aria" and not connection.mysql_is_mariadb:
        pytest.skip("MySQL has no Aria")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENGINE={engine}")
        try:
            message = only(check_databases(databases=["default"]), "E103")
        finally:
            cursor.execute(f"ALTER TABLE {table} ENGINE=InnoDB")
    assert f'"{table}"' in message.msg
    assert f"ALTER TABLE `{table}` ENGINE=InnoDB" in message.hint


def test_every_id_has_a_heading_that_its_hint_links_to():
    package = Path(messages.__file__).parent
    text = "".join(path.read_text() for path in package.glob("*.py"))
    ids = {
        f"gapless_fields.{kind[0].upper()}{int(number):03d}"
        for kind, number in re.findall(r"\b(error|warning)\(\s*(\d+)", text)
    }
    headings = re.findall(r"^## (gapless_fields\.\w\d+)$", CHECKS.read_text(), re.MULTILINE)
    assert len(ids) > 15
    assert sorted(ids) == sorted(headings)
    for id_ in ids:
        message = getattr(messages, "error" if "E" in id_ else "warning")(int(id_[-3:]), "", "", "")
        assert message.id == id_
        assert message.hint.endswith("#" + re.sub(r"[^a-z0-9]+", "-", id_.lower()))
