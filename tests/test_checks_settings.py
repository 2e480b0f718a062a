"""W101 to W108 and E101 to E105: one test for each id, both directions."""

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
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.models import Counter
from tests.testapp.models import Bare, Booking, Invoice

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
        ({"ADMIN": 0}, "not True or False"),
        ({"EARLY_LOCK_RELEASE": "default"}, "not True, False or a list of aliases"),
        ({"EARLY_LOCK_RELEASE": ["elsewhere"]}, "names 'elsewhere', which is no database"),
    ],
)
def test_e101_settings_of_the_package(value, says):
    with override_settings(GAPLESS_FIELDS=value):
        assert says in only(check_settings(), "E101").msg


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL can do it")
@pytest.mark.parametrize("value", [True, ["default"]])
def test_w110_early_lock_release_elsewhere(value):
    with override_settings(GAPLESS_FIELDS={"EARLY_LOCK_RELEASE": value}):
        assert only(check_settings(), "W110").obj == 'DATABASES["default"]'


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


class CountersInNone:
    """The public schema, as a router of tenants sees it: what is theirs has no table there."""

    tenants = ("gapless_fields", "testapp", "auditapp", "textapp")

    def allow_migrate(self, db, app_label, **hints):
        return app_label not in self.tenants


def test_e102_silent_where_the_rows_have_no_table_either(settings):
    settings.DATABASE_ROUTERS = [CountersInNone()]
    assert check_settings() == []


class SomeInNone(CountersInNone):
    def allow_migrate(self, db, app_label, model=None, **hints):
        return model is Bare or super().allow_migrate(db, app_label)


def test_e102_names_the_models_that_have_a_table(settings):
    settings.DATABASE_ROUTERS = [SomeInNone()]
    message = only(check_settings(), "E102")
    assert "Rows of testapp.Bare are written" in message.msg


COUNTERS = ["gapless_fields", "gapless_fields.apps.GaplessFieldsConfig"]


@pytest.mark.parametrize("own", COUNTERS)
@pytest.mark.parametrize("tenants", [["tests.testapp"], ("rest_framework", "tests.testapp")])
def test_w108_counters_shared_by_tenants(settings, own, tenants):
    settings.SHARED_APPS = ["django_tenants", own]
    settings.TENANT_APPS = tenants
    message = only(check_settings(), "W108")
    assert message.obj == "TENANT_APPS"
    assert "testapp.Bare, " in message.msg
    assert 'Add "gapless_fields" to TENANT_APPS' in message.hint


@pytest.mark.parametrize(
    ("shared", "tenants"),
    [
        (COUNTERS[:1], None),
        (None, ["tests.testapp"]),
        (["django_tenants"], ["tests.testapp", COUNTERS[0]]),
        (COUNTERS[:1], ["tests.testapp", COUNTERS[1]]),
        (["tests.testapp", COUNTERS[0]], ["rest_framework"]),
        ([], ["tests.testapp"]),
    ],
)
def test_w108_silent_twins(settings, shared, tenants):
    if shared is not None:
        settings.SHARED_APPS = shared
    if tenants is not None:
        settings.TENANT_APPS = tenants
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
def test_w104_no_table_of_counters(settings):
    with connection.schema_editor() as editor:
        editor.delete_model(Counter)
    try:
        message = only(check_databases(databases=["default"]), "W104")
        assert "migrate gapless_fields --database default" in message.hint
        run_checks(databases=["default"])
        settings.SHARED_APPS, settings.TENANT_APPS = COUNTERS[:1], ["tests.testapp"]
        assert check_databases(databases=["default"]) == []  # W108 says what is wrong
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Bare, Counter])
def test_w107_unlogged_tables(model):
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has tables that it empties after a crash")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} SET UNLOGGED")
        try:
            message = only(check_databases(databases=["default"]), "W107")
        finally:
            cursor.execute(f"ALTER TABLE {table} SET LOGGED")
    assert f'"{table}"' in message.msg
    assert f'ALTER TABLE "{table}" SET LOGGED' in message.hint
    assert check_databases(databases=["default"]) == []


@pytest.fixture
def without_time_zones(monkeypatch):
    """As MariaDB and MySQL are before their time zone tables are loaded."""
    monkeypatch.setattr(type(dialect_for(connection)), "lacks_time_zone", lambda _: True)


@pytest.mark.usefixtures("without_time_zones")
@pytest.mark.django_db
def test_e105_no_time_zones(settings):
    message = only(check_databases(databases=["default"]), "E105")
    assert message.obj == 'DATABASES["default"]'
    assert settings.TIME_ZONE in message.msg
    # Of the parts of datetimes alone, not of those of dates, nor of whole datetimes.
    assert "scope of testapp.Booking.in_month, testapp.Booking.on_date: the first" in message.msg
    assert "mysql_tzinfo_to_sql" in message.hint


@pytest.mark.usefixtures("without_time_zones")
@pytest.mark.django_db
def test_e105_silent_twins(settings, monkeypatch):
    settings.USE_TZ = False
    assert check_databases(databases=["default"]) == []
    settings.USE_TZ = True
    for name in ("in_month", "on_date"):
        monkeypatch.setattr(Booking._meta.get_field(name), "depends_on_time_zone", False)
    assert check_databases(databases=["default"]) == []


@pytest.mark.usefixtures("without_time_zones")
@pytest.mark.django_db
def test_e105_silent_about_scopes_that_make_no_sense(monkeypatch):
    for name in ("in_month", "on_date"):
        monkeypatch.setattr(Booking._meta.get_field(name), "scope", ("nothing__year",))
    assert check_databases(databases=["default"]) == []


@pytest.mark.usefixtures("on_mariadb")
@pytest.mark.django_db
def test_e105_asks_the_database(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONVERT_TZ('2026-01-01', 'UTC', %s)", [settings.TIME_ZONE])
        loaded = cursor.fetchone()[0] is not None
    found = [message.id for message in check_databases(databases=["default"])]
    assert found == ([] if loaded else ["gapless_fields.E105"])


def test_every_id_has_a_heading_that_its_hint_links_to():
    package = Path(messages.__file__).parent
    text = "".join(path.read_text() for path in package.glob("*.py"))
    ids = {
        f"gapless_fields.{kind[0].upper()}{int(number):03d}"
        for kind, number in re.findall(r"\b(error|warning|info)\(\s*(\d+)", text)
    }
    headings = re.findall(r"^## (gapless_fields\.\w\d+)$", CHECKS.read_text(), re.MULTILINE)
    assert len(ids) > 15
    assert sorted(ids) == sorted(headings)
    for id_ in ids:
        build = {"E": messages.error, "W": messages.warning, "I": messages.info}[id_[-4]]
        message = build(int(id_[-3:]), "", "", "")
        assert message.id == id_
        assert message.hint.endswith("#" + re.sub(r"[^a-z0-9]+", "-", id_.lower()))
