"""W112, W113 and I102: what ``check --deploy --database`` says of time-outs."""

from __future__ import annotations

import time
from io import StringIO

import pytest
from django.core.checks import INFO, WARNING, run_checks
from django.core.management import call_command
from django.db import connection, transaction

from gapless_fields.checks import timeouts as checks
from gapless_fields.checks.timeouts import check_timeouts
from gapless_fields.counters.dialects import timeouts

pytestmark = pytest.mark.django_db(transaction=True)

POSTGRESQL = {
    "lock_timeout": "10s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "60s",
}
MARIADB = {
    "innodb_lock_wait_timeout": "10",
    "idle_transaction_timeout": "60",
    "idle_write_transaction_timeout": "0",
}


@pytest.fixture
def session():
    """Sets the time-outs of the session, which are right at first."""
    is_mariadb = connection.vendor == "mysql" and connection.mysql_is_mariadb
    known = POSTGRESQL if connection.vendor == "postgresql" else MARIADB if is_mariadb else {}

    def configure(**settings):
        for name, value in settings.items():
            if name not in known:
                pytest.skip(f"the database has no {name}")
            with connection.cursor() as cursor:
                value = f"'{value}'" if connection.vendor == "postgresql" else value
                cursor.execute(f"SET SESSION {name} = {value}")

    configure(**known)
    yield configure
    connection.close()


def found(alias="default"):
    return {message.id.removeprefix("gapless_fields."): message for message in reported(alias)}


def reported(alias="default"):
    return check_timeouts(databases=[alias])


def test_nothing_is_wrong(session):
    assert reported() == []
    assert check_timeouts(databases=None) == []


@pytest.mark.parametrize("value", ["0", "2h"])
def test_w112_on_postgresql(session, value):
    session(lock_timeout=value)
    (message,) = reported()
    assert (message.id, message.level) == ("gapless_fields.W112", WARNING)
    assert message.obj == 'DATABASES["default"]'
    assert message.msg.startswith(
        "lock_timeout sets no limit: " if value == "0" else "lock_timeout is 7200 seconds: "
    )
    assert '"-c lock_timeout=10s" to DATABASES["default"]["OPTIONS"]["options"].' in message.hint
    session(statement_timeout="30s")  # ends a wait as well
    assert reported() == []


def test_w113_on_postgresql(session):
    session(idle_in_transaction_session_timeout="0")
    (message,) = reported()
    assert (message.id, message.level) == ("gapless_fields.W113", WARNING)
    assert "-c idle_in_transaction_session_timeout=60s" in message.hint
    if connection.get_database_version() >= (17,):
        with connection.cursor() as cursor:
            cursor.execute("SET transaction_timeout = '5min'")
        assert reported() == []


@pytest.mark.parametrize("value", ["7200", "100000000"])
def test_w112_on_mariadb(session, value):
    session(innodb_lock_wait_timeout=value)
    (message,) = reported()
    assert message.id == "gapless_fields.W112"
    assert ("is 7200 seconds" if value == "7200" else "sets no limit") in message.msg
    assert (
        'Add "SET SESSION innodb_lock_wait_timeout = 10" to DATABASES["default"]["OPTIONS"]'
        '["init_command"].'
    ) in message.hint


def test_w113_on_mariadb(session):
    session(idle_transaction_timeout="0")
    (message,) = reported()
    assert message.id == "gapless_fields.W113"
    assert '"SET SESSION idle_transaction_timeout = 60"' in message.hint
    session(idle_write_transaction_timeout="60")
    assert reported() == []


def test_the_way_out_is_one(session):
    """What the hints say, in a session that Django opens."""
    session(lock_timeout="0", idle_in_transaction_session_timeout="0")
    assert sorted(found()) == ["W112", "W113"]
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    connection.settings_dict["OPTIONS"] = {
        **options,
        "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
    }
    try:
        assert reported() == []
    finally:
        connection.settings_dict["OPTIONS"] = options


def test_i102_old_transactions(session, actors, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite cannot tell")
    one, two = actors
    for actor in actors:
        actor.begin().result(30)
        actor.execute("SELECT count(*) FROM testapp_plain")
        time.sleep(1.1)  # InnoDB counts seconds
    assert reported() == []
    time.sleep(1.1)
    monkeypatch.setattr(checks, "HOUR", 1)
    message = found()["I102"]
    assert message.level == INFO
    assert message.msg.startswith("2 transactions have been open for more than an hour")
    session_of_one = one.execute(
        "SELECT pg_backend_pid()" if connection.vendor == "postgresql" else "SELECT CONNECTION_ID()"
    )[0][0]
    assert f"{session_of_one}" in message.hint
    one.commit()
    time.sleep(0.2)  # InnoDB looks at its transactions ten times a second
    assert found()["I102"].msg.startswith("A transaction has")
    two.commit()
    time.sleep(0.2)
    assert "I102" not in found()
    with transaction.atomic():  # not its own
        timeouts.timeouts(connection)
        time.sleep(1.2)
        assert timeouts.old_transactions(connection, 1) == []


def test_i102_without_the_right_to_see_them(session, actors):
    if connection.vendor != "mysql":
        pytest.skip("only MySQL and MariaDB refuse to tell")
    with connection.cursor() as cursor:
        cursor.execute("DROP USER IF EXISTS 'blind'@'%'")
        cursor.execute("CREATE USER 'blind'@'%' IDENTIFIED BY 'blind'")
        cursor.execute(f"GRANT ALL ON {connection.settings_dict['NAME']}.* TO 'blind'@'%'")
    settings = connection.settings_dict
    connection.close()
    connection.settings_dict = {**settings, "USER": "blind", "PASSWORD": "blind"}
    try:
        assert timeouts.old_transactions(connection, 1) == []
    finally:
        connection.close()
        connection.settings_dict = settings
        with connection.cursor() as cursor:
            cursor.execute("DROP USER 'blind'@'%'")


class Nowhere:
    def allow_migrate(self, db, app_label, **hints):
        return False


def test_databases_without_numbers(session, settings):
    session(lock_timeout="0")
    settings.DATABASE_ROUTERS = [Nowhere()]
    assert reported() == []


def test_it_runs_with_deploy_and_with_the_database_alone(session):
    session(lock_timeout="0")

    def ids(**options):
        return {message.id for message in run_checks(**options)}

    both = ids(databases=["default"], include_deployment_checks=True)
    assert "gapless_fields.W112" in both
    assert "gapless_fields.W112" not in ids(databases=["default"])
    stderr = StringIO()
    call_command("check", deploy=True, databases=["default"], stderr=stderr, stdout=StringIO())
    assert "(gapless_fields.W112) lock_timeout sets no limit" in stderr.getvalue()
