"""The number inside the INSERT on MariaDB and MySQL: what their function does differently."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.db.migrations.state import ProjectState
from django.db.models import CharField, Subquery
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext

from gapless_fields import Sequence, SequenceExhausted, SequenceLocked, get_last_value
from gapless_fields.checks.databases import check_databases
from gapless_fields.counters.dialects import dialect_for, mysql_function
from gapless_fields.counters.dialects.next_value import FUNCTION
from gapless_fields.counters.installation import CreateFunction, create_missing_function
from gapless_fields.models import Counter
from gapless_fields.series.series import Series
from tests import servers
from tests.actors import Actor
from tests.inline import (
    functions,
    in_atomic,
    in_autocommit,
    in_blocks,
    is_mysql,
    on_mariadb_and_mysql,
    ways,
)
from tests.testapp.models import (
    Bare,
    Doubled,
    Invoice,
    Job,
    Letter,
    Parcel,
    Plain,
    Receipt,
    Refund,
)

pytestmark = [pytest.mark.django_db(transaction=True), on_mariadb_and_mysql]


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def calls(action):
    """Run an action; return how many of its statements have called the function, or tried to."""
    called = []

    def count(execute, sql, params, many, context):
        called.append(FUNCTION in sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        action()
    return sum(called)


def numbers(model=Invoice):
    return sorted(model.objects.values_list("number", flat=True))


@pytest.fixture
def without_function(monkeypatch):
    # What another test has found out must not count for a minute.
    monkeypatch.setattr(mysql_function, "_not_callable", {})
    with connection.cursor() as cursor:
        dialect_for(connection).drop_function(cursor.execute)
    yield
    call_command("migrate", verbosity=0)
    assert functions() == [FUNCTION]


class TestWithoutTheFunction:
    @ways
    def test_saves_work_and_do_not_try_each_time(self, without_function, way):
        tries = [calls(lambda: way(Invoice.objects.create)) for _ in range(4)]
        assert sum(tries) == (way is in_autocommit or in_blocks())
        assert numbers() == [1, 2, 3, 4]
        call_command("migrate", verbosity=0)
        tries = [calls(lambda: way(Invoice.objects.create)) for _ in range(2)]
        assert tries == [int(way is in_autocommit or in_blocks())] * 2
        assert numbers() == [1, 2, 3, 4, 5, 6]

    def test_it_is_noticed_in_a_minute(self, without_function, monkeypatch):
        """As by the processes that run while another one runs ``migrate``."""
        Invoice.objects.create()
        with connection.cursor() as cursor:
            cursor.execute(mysql_function.CREATE_FUNCTION)
        assert calls(Invoice.objects.create) == 0
        monkeypatch.setattr(mysql_function, "RETRY_AFTER", 0.0)
        assert calls(Invoice.objects.create) == 1
        assert numbers() == [1, 2, 3]

    def test_a_transaction_goes_on(self, without_function):
        with transaction.atomic():
            Plain.objects.create(note="before")
            assert Invoice.objects.create().number == 1
            with transaction.atomic():
                assert Invoice.objects.create().number == 2
            Plain.objects.create(note="after")
        assert Plain.objects.count() == 2
        assert numbers() == [1, 2]

    @ways
    def test_it_disappears(self, way):
        way(Invoice.objects.create)
        with connection.cursor() as cursor:
            dialect_for(connection).drop_function(cursor.execute)
        try:
            assert way(Invoice.objects.create).number == 2
        finally:
            call_command("migrate", verbosity=0)
        assert way(Invoice.objects.create).number == 3

    def test_w109(self, without_function):
        (message,) = check_databases(databases=["default"])
        assert message.id == "gapless_fields.W109"
        assert "GRANT CREATE ROUTINE, ALTER ROUTINE, EXECUTE ON `test_gapless_default`.* TO" in (
            message.hint
        )
        assert "manage.py migrate --database default." in message.hint
        call_command("migrate", verbosity=0)
        assert check_databases(databases=["default"]) == []

    @ways
    def test_another_function_that_is_missing_is_the_projects_own_error(self, way):
        execute(
            "CREATE TRIGGER calling BEFORE INSERT ON testapp_bare "
            "FOR EACH ROW SET NEW.number = NEW.number + no_such_function()"
        )
        try:
            with pytest.raises(OperationalError, match="no_such_function"):
                way(Bare.objects.create)
        finally:
            execute("DROP TRIGGER calling")
        assert calls(Bare.objects.create) == 1
        assert numbers(Bare) == [1]


@contextmanager
def as_user(name, *rights):
    """A database ``limited``, which is the suite's own as a user with fewer rights sees it."""
    host = connection.settings_dict["HOST"]
    user = f"'{name}'@'{'localhost' if host.startswith('/') or not host else '%'}'"
    execute(f"CREATE USER {user}", *(f"GRANT {right} TO {user}" for right in rights))
    limited = connection.copy("limited")
    limited.settings_dict = {**connection.settings_dict, "USER": name, "PASSWORD": ""}
    connections["limited"] = limited
    try:
        yield limited
    finally:
        limited.close()
        del connections["limited"]
        execute(f"DROP USER {user}")


TABLES = "SELECT, INSERT, UPDATE, DELETE ON test_gapless_default.*"


class TestRights:
    @ways
    def test_a_user_who_may_not_call_it(self, way):
        with as_user("clerk", TABLES) as limited:
            for number in (1, 2, 3):
                if way is in_autocommit:
                    row = Invoice.objects.using("limited").create()
                else:
                    with transaction.atomic(using="limited"):
                        row = Invoice.objects.using("limited").create()
                assert row.number == number
            (message,) = check_databases(databases=["limited"])
            assert message.id == "gapless_fields.W109"
            assert "TO 'clerk'@'" in message.hint
            with CaptureQueriesContext(limited) as queries:
                Invoice.objects.using("limited").create()
            assert not any(FUNCTION in query["sql"] for query in queries)

    def test_a_user_who_may_call_it(self):
        with as_user("cashier", TABLES, "EXECUTE ON test_gapless_default.*") as limited:
            Invoice.objects.create()
            with CaptureQueriesContext(limited) as queries:
                assert Invoice.objects.using("limited").create().number == 2
            assert FUNCTION in queries[0]["sql"]
            assert check_databases(databases=["limited"]) == []

    def test_a_user_who_may_not_create_it(self, without_function):
        with as_user("clerk", TABLES) as limited:
            out = io.StringIO()
            create_missing_function("limited", stdout=out, verbosity=1)
            assert "was not created" in out.getvalue()
            assert "check --database limited" in out.getvalue()
            create_missing_function("limited", stdout=io.StringIO(), verbosity=0)
            operation, state = CreateFunction(), ProjectState.from_apps(apps)
            with limited.schema_editor() as editor:
                operation.database_forwards("gapless_fields", editor, state, state)
                operation.database_backwards("gapless_fields", editor, state, state)
            assert Invoice.objects.using("limited").create().number == 1
        assert functions() == []

    def test_its_definer_is_gone(self, without_function):
        """It runs with the rights of the user who calls it."""
        rights = "ALL ON test_gapless_default.*"
        if execute("SELECT @@log_bin")[0][0]:
            pytest.skip("this server lets nobody else create it")
        with as_user("admin", rights), connections["limited"].cursor() as cursor:
            dialect_for(connections["limited"]).create_function(cursor.execute)
        Invoice.objects.create()
        assert calls(Invoice.objects.create) == 1
        assert numbers() == [1, 2]


class TestWhatAFailedStatementGivesBack:
    @pytest.fixture
    def failing_trigger(self):
        execute(
            "CREATE TRIGGER failing AFTER INSERT ON testapp_invoice FOR EACH ROW "
            "BEGIN IF NEW.note = 'bad' THEN "
            "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END IF; END"
        )
        yield
        execute("DROP TRIGGER failing")

    @pytest.fixture
    def failing_check(self):
        execute("ALTER TABLE testapp_invoice ADD CONSTRAINT no_bad CHECK (note <> 'bad')")
        yield
        execute("ALTER TABLE testapp_invoice DROP CONSTRAINT no_bad")

    @pytest.fixture(params=["trigger", "check", "unique", "foreign key", "too long"])
    def bad(self, request):
        """The arguments of a row that the database refuses after its number was taken."""
        if request.param in ("trigger", "check"):
            request.getfixturevalue(f"failing_{request.param}")
            return {"note": "bad"}
        if request.param == "unique":
            Invoice.objects.create(reference="taken")
            return {"reference": "taken"}
        return {"customer_id": 999} if request.param == "foreign key" else {"note": "x" * 51}

    def test_in_autocommit(self, bad):
        before = Invoice.objects.create().number
        for _ in range(3):
            with pytest.raises(DatabaseError):
                Invoice.objects.create(**bad)
            assert get_last_value("invoices") == before
        assert Invoice.objects.create().number == before + 1
        assert numbers() == list(range(1, before + 2))

    def test_in_a_savepoint(self, bad):
        with transaction.atomic():
            before = Invoice.objects.create().number
            with pytest.raises(DatabaseError), transaction.atomic():
                Invoice.objects.create(**bad)
            assert Invoice.objects.create().number == before + 1
        assert numbers() == list(range(1, before + 2))

    def test_by_the_statement_alone(self, bad):
        """Without a rollback of the block: what the database does, whoever commits after it."""
        if not in_blocks():
            pytest.skip("MySQL takes the number before the INSERT there")
        with transaction.atomic():
            before = Invoice.objects.create().number
            with pytest.raises(DatabaseError):
                Invoice.objects.create(**bad)
            transaction.set_rollback(False)
        assert get_last_value("invoices") == before
        assert Invoice.objects.create().number == before + 1
        assert numbers() == list(range(1, before + 2))

    @pytest.mark.parametrize("model", [Invoice, Job])
    def test_on_the_first_use(self, model, failing_trigger, failing_check):
        bad = {"note": "bad"} if model is Invoice else {"pk": Job.objects.create().pk}
        sequence = Sequence("invoices" if model is Invoice else "jobs")
        sequence.delete()
        for way in (in_autocommit, in_atomic):
            with pytest.raises(DatabaseError):
                way(lambda: model(**bad).save(force_insert=True))
            assert Counter.objects.count() == 0


def test_a_deadlock_rolls_back_both_the_number_and_the_row(actors):
    one, two = actors
    for model in (Receipt, Bare):
        model.objects.create()
    one.begin()
    two.begin()
    assert one.do(lambda: Receipt.objects.create().number) == 2
    assert two.do(lambda: Bare.objects.create().number) == 2
    waiting = one.waits(lambda: Bare.objects.create().number)
    last = two.start(lambda: Refund.objects.create().number)
    failed = [future.exception(30) is not None for future in (waiting, last)]
    assert sorted(failed) == [False, True]
    assert (waiting if failed[0] else last).exception().args[0] == 1213
    for actor, has_failed in zip((one, two), failed, strict=True):
        actor.rollback() if has_failed else actor.commit()
    for model in (Bare, Receipt):
        last = get_last_value("bare" if model is Bare else "shared")
        given = numbers(model) + (numbers(Refund) if model is Receipt else [])
        assert sorted(given) == list(range(1, last + 1))


def test_first_uses_that_wait_for_one_that_is_rolled_back(actors):
    """Those that wait in an upsert would lock the gap, and deadlock."""
    if not in_blocks():
        pytest.skip("MySQL takes the number by an upsert there")
    one, two = actors
    three = Actor()
    try:
        for actor in (one, two, three):
            actor.begin()
        assert one.do(lambda: Invoice.objects.create().number) == 1
        waiting = [actor.waits(lambda: Invoice.objects.create().number) for actor in (two, three)]
        one.rollback()
        done, _ = wait(waiting, 30, return_when=FIRST_COMPLETED)
        (first,) = done
        assert first.result() == 1
        actors_by_future = dict(zip(waiting, (two, three), strict=True))
        actors_by_future.pop(first).commit()
        ((other, actor),) = actors_by_future.items()
        assert other.result(30) == 2
        actor.commit()
    finally:
        three.close()
    assert numbers() == [1, 2]


def test_rollback_on_time_out():
    """A lock time-out that rolls back the whole transaction is the series' own, too."""
    if is_mysql():
        pytest.skip("starts MariaDB")
    with servers.mariadb("--innodb-rollback-on-timeout") as url:
        if url is None:
            pytest.skip("MariaDB is not installed here")
        run_on(
            url,
            """
            from tests.actors import two_actors
            Invoice.objects.create()
            with two_actors() as (one, two):
                one.begin()
                one.do(lambda: Invoice.objects.create())
                two.execute("SET innodb_lock_wait_timeout = 1")
                for way in (in_autocommit, in_atomic):
                    with pytest.raises(SequenceLocked):
                        two.do(way, Invoice.objects.create)
                one.commit()
                assert two.do(lambda: Invoice.objects.create().number) == 3
            """,
        )


def test_a_binary_log():
    """By statements at REPEATABLE READ, which InnoDB refuses at Django's READ COMMITTED."""
    if is_mysql():
        pytest.skip("starts MariaDB")
    for options in (["ROW"], ["MIXED"], ["STATEMENT", "repeatable read"]):
        log = ["--log-bin", f"--binlog-format={options[0]}", "--server-id=1"]
        with servers.mariadb(*log) as url:
            if url is None:
                pytest.skip("MariaDB is not installed here")
            run_on(
                url,
                """
                (message,) = check_databases(databases=["default"])
                assert message.id == "gapless_fields.W109"
                assert "SET GLOBAL log_bin_trust_function_creators = 1;" in message.hint
                assert Invoice.objects.create().number == 1
                execute("SET GLOBAL log_bin_trust_function_creators = 1")
                call_command("migrate", verbosity=0)
                assert check_databases(databases=["default"]) == []
                # STATEMENT: the server refuses to call it while the setting is off.
                for trusted in (1, 0, 1):
                    execute(f"SET GLOBAL log_bin_trust_function_creators = {trusted}")
                    mysql_function.forget_not_callable(connection)
                    for way in (in_autocommit, in_atomic):
                        way(Invoice.objects.create)
                        way(Job.objects.create)
                        with pytest.raises(IntegrityError):
                            way(lambda: Invoice(pk=1).save(force_insert=True))
                assert calls(Invoice.objects.create) == 1
                assert numbers() == list(range(1, 9)), numbers()
                assert numbers(Job) == [1, 1, 2, 2, 3, 3]
                """,
                *options[1:],
            )


PRELUDE = """
import warnings
warnings.simplefilter("ignore")
import django
django.setup()
from django.db import connection
connection.settings_dict["OPTIONS"]["isolation_level"] = LEVEL
connection.creation.create_test_db(verbosity=0, serialize=False)
import pytest
from tests.test_inline_mysql import *
"""


def run_on(url, code, level="read committed"):
    """Run code in a process of its own, on another server, at an isolation level."""
    lines = code.splitlines()
    indent = len(lines[1]) - len(lines[1].lstrip())
    code = "\n".join(line[indent:] for line in lines)
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment.pop("GAPLESS_TEST_FOLDER", None)
    result = subprocess.run(
        [sys.executable, "-c", f"LEVEL = {level!r}{PRELUDE}{code}"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


@pytest.fixture
def one_schema_with_the_function_and_one_without():
    tables = ["gapless_fields_counter", "testapp_invoice"]
    home = connection.settings_dict["NAME"]
    for schema in ("gapless_one", "gapless_two"):
        execute(f"DROP DATABASE IF EXISTS {schema}", f"CREATE DATABASE {schema}")
        for table in tables:
            execute(f"CREATE TABLE {schema}.{table} LIKE {home}.{table}")
    execute("USE gapless_one")
    with connection.cursor() as cursor:
        dialect_for(connection).create_function(cursor.execute)
    yield
    execute(f"USE {home}", "DROP DATABASE gapless_one", "DROP DATABASE gapless_two")


def test_nothing_is_remembered_about_a_schema(one_schema_with_the_function_and_one_without):
    """As ``test_traps.py`` asks PostgreSQL: a tenant's numbers come from the tenant's counter."""
    home = connection.settings_dict["NAME"]
    given = []
    try:
        for schema in ("gapless_one", "gapless_two", "gapless_one", home, "gapless_two"):
            execute(f"USE {schema}")
            given.append((Invoice.objects.create().number, get_last_value("invoices")))
            with transaction.atomic():
                given.append((Invoice.objects.create().number, get_last_value("invoices")))
    finally:
        mysql_function.forget_not_callable(connection)
    firsts, seconds = [(1, 1), (2, 2)], [(3, 3), (4, 4)]
    assert given == firsts * 2 + seconds + firsts + seconds


@ways
def test_text_that_is_hard_to_pass(way):
    """The name and the scope keep their characters, whatever the session's way with them is."""
    modes = ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,PIPES_AS_CONCAT"]
    name = "Größe \\ ' \" 😀 %s"
    (before,) = execute("SELECT @@SESSION.sql_mode")
    Receipt._meta.get_field("number").__dict__.pop("series", None)
    field = Receipt._meta.get_field("number")
    field.sequence = name
    try:
        for mode in modes:
            execute(f"SET SESSION sql_mode = 'STRICT_TRANS_TABLES,{mode}'")
            way(Receipt.objects.create)
        assert numbers(Receipt) == [1, 2, 3]
        assert list(Counter.objects.values_list("name", "last")) == [(name, 3)]
    finally:
        execute(f"SET SESSION sql_mode = '{before[0]}'")
        field.sequence = "shared"
        field.__dict__.pop("series", None)


@ways
def test_the_number_that_a_trigger_has_written(way):
    """RETURNING tells it, and so does a look at the row (MySQL, in autocommit mode)."""
    if way is in_atomic and not in_blocks():
        pytest.skip("MySQL takes the number before the INSERT there")
    execute(
        "CREATE TRIGGER adding BEFORE INSERT ON testapp_bare "
        "FOR EACH ROW SET NEW.number = NEW.number + 100"
    )
    try:
        way(Bare.objects.create)
        assert way(Bare.objects.create).number == 102
    finally:
        execute("DROP TRIGGER adding")


def test_a_row_that_somebody_locks_as_soon_as_it_is_there(actors):
    """As the workers of a queue do: its number is read nevertheless."""
    one, _two = actors
    Invoice.objects.create()

    def lock(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("INSERT"):
            one.begin()
            one.do(lambda: list(Invoice.objects.select_for_update()))
        return answer

    with connection.execute_wrapper(lock):
        invoice = Invoice.objects.create()
    one.rollback()
    assert invoice.number == 2
    assert numbers() == [1, 2]


@ways
def test_an_insert_that_reads_the_counters_itself(way):
    """The server lets no function write a table that the statement reads."""
    way(Invoice.objects.create)
    last = Counter.objects.filter(name="invoices").annotate(text=Cast("last", CharField()))
    for number in (2, 3):
        invoice = way(lambda: Invoice.objects.create(note=Subquery(last.values("text"))))
        assert invoice.number == number
    assert calls(lambda: way(Invoice.objects.create)) == (way is in_autocommit or in_blocks())
    assert numbers() == [1, 2, 3, 4]


@ways
def test_a_zero_is_a_number(way):
    field = Bare._meta.get_field("number")
    field.__dict__["series"] = Series("bare", initial_value=0)
    try:
        assert [way(Bare.objects.create).number for _ in range(3)] == [0, 1, 2]
    finally:
        del field.__dict__["series"]


@ways
def test_the_sessions_last_insert_id_is_its_own(way):
    if way is in_atomic and not in_blocks():
        pytest.skip("MySQL takes the number by a statement of its own there")
    Parcel.objects.create()
    execute("SELECT LAST_INSERT_ID(77)")
    for _ in range(3):
        way(Parcel.objects.create)
        assert execute("SELECT LAST_INSERT_ID()") == ((77,),)
    row = way(Bare.objects.create)
    assert execute("SELECT LAST_INSERT_ID()") == ((row.pk,),)


@ways
def test_the_keys_of_rows(way):
    for _ in range(2):
        parcel, letter = way(Parcel.objects.create), way(lambda: Letter.objects.create(text="a"))
        assert Parcel.objects.get(pk=parcel.pk).number == parcel.number
        assert Letter.objects.get(pk=letter.pk).number == letter.number
        doubled = way(Doubled.objects.create)
        doubled.refresh_from_db()
        assert doubled.double == 2 * doubled.number
    invoice = way(lambda: Invoice.objects.create(pk=70))
    again = way(lambda: Invoice.objects.create(pk=60))
    assert (invoice.pk, invoice.number, again.pk, again.number) == (70, 1, 60, 2)
    (row,) = way(lambda: Invoice.objects.bulk_create([Invoice()]))
    assert (row.number, numbers()) == (3, [1, 2, 3])


@ways
@pytest.mark.parametrize("model", [Invoice, Job])
def test_many_writers(way, model):
    """Each number is given once: also those of a loop, which is read and then written."""
    rows, writers = 25, 4
    first = way(model.objects.create).pk

    def write():
        try:
            for turn in range(rows):
                way(model.objects.create)
                if model is Invoice and turn % 5 == 0:
                    with pytest.raises(IntegrityError):
                        way(lambda: Invoice(pk=first).save(force_insert=True))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = rows * writers + 1
    if model is Invoice:
        assert numbers() == list(range(1, total + 1))
    else:
        given = numbers(Job)
        assert [given.count(number) for number in (1, 2, 3)] == [34, 34, 33]


@ways
def test_the_last_number_of_all(way):
    Sequence("doubled").advance_to(2**62 - 1)
    with pytest.raises(DatabaseError) as caught:
        way(Doubled.objects.create)  # its double is out of range, which is not the series' fault
    assert not isinstance(caught.value, SequenceExhausted)
    assert get_last_value("doubled") == 2**62 - 1


def test_a_lock_that_the_row_waits_for_after_its_number(actors):
    one, two = actors
    Invoice.objects.create(reference="a")
    one.begin()
    one.do(lambda: Invoice.objects.filter(reference="a").delete())
    two.execute("SET innodb_lock_wait_timeout = 1")
    with pytest.raises(OperationalError) as caught:
        two.do(lambda: Invoice.objects.create(reference="a"))
    assert caught.value.args[0] == 1205
    assert not isinstance(caught.value, SequenceLocked)
    one.rollback()
    assert get_last_value("invoices") == 1
