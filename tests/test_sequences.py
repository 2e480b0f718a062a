"""The functional API: what users of django-sequences know, and what it left broken."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import warnings
from itertools import islice

import pytest
from django.db import OperationalError, connection, transaction

from gapless_fields import (
    Sequence,
    SequenceExhausted,
    SequenceLocked,
    SequenceNotSynced,
    delete,
    get_last_value,
    get_next_value,
    get_next_values,
)
from gapless_fields.counters.dialects import GenericDialect, dialect_for
from gapless_fields.models import Counter
from gapless_fields.series.series import MAX_VALUE
from tests import servers
from tests.testapp.models import Company, Invoice, Legacy, Plain, Slip

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def test_defaults(dialect):
    assert get_last_value() is None
    assert [get_next_value(), get_next_value()] == [1, 2]
    assert get_last_value() == get_last_value("default") == 2


def test_names_are_independent(dialect):
    assert get_next_value("cases") == 1
    assert get_next_value("invoices") == 1
    assert get_next_value("cases") == 2


def test_initial_value(dialect):
    assert get_next_value("x", initial_value=1000) == 1000
    assert get_next_value("x", initial_value=1000) == 1001
    assert get_next_value("x") == 1002
    assert get_next_value("zero", 0) == 0
    assert get_last_value("zero") == 0
    assert get_next_value("zero", 0) == 1


def test_reset_value(dialect):
    reference = Sequence("reference", reset_value=3)
    assert list(islice(reference, 5)) == [1, 2, 1, 2, 1]
    assert get_next_value("x", initial_value=5, reset_value=6) == 5
    assert get_next_value("x", initial_value=5, reset_value=6) == 5


@pytest.mark.parametrize("reset_value", [0, 1])
def test_reset_value_must_be_greater_than_initial_value(reset_value):
    with pytest.raises(ValueError, match="reset_value must be greater than initial_value"):
        get_next_value("x", initial_value=1, reset_value=reset_value)
    with pytest.raises(ValueError, match="reset_value must be greater than initial_value"):
        Sequence("x", reset_value=reset_value)


def test_values_outside_a_new_loop_start_it_again(dialect):
    get_next_values(9, "x")
    assert get_next_value("x", 1, 5) == 1
    Counter.objects.filter(name="x").update(last=2)
    assert get_next_value("x", 4, 7) == 4


def test_batches(dialect):
    assert get_next_values(3, "x") == range(1, 4)
    assert get_next_value("x") == 4
    assert get_next_values(2, "x") == range(5, 7)
    assert get_next_values(2, "y", initial_value=10) == range(10, 12)
    assert Sequence("y").get_next_values(1) == range(12, 13)
    with pytest.raises(ValueError, match="batch_size must not be negative: -1"):
        get_next_values(-1, "x")


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("error")
def test_no_numbers(django_assert_num_queries):
    """Nothing is taken, so nothing is locked, and no warning is due."""
    with django_assert_num_queries(0):
        assert get_next_values(0, "x") == range(0)
        assert get_next_values(0, "x", nowait=True) == range(0)
        assert get_next_values(0, "bills") == range(0)
        assert Sequence("x", reset_value=4).get_next_values(0) == []
    assert get_last_value("x") is None
    assert get_next_value("x") == 1
    assert list(get_next_values(0, "x")) == []
    assert get_next_value("x") == 2


def test_batches_that_loop(dialect):
    assert get_next_values(5, "x", reset_value=4) == [1, 2, 3, 1, 2]
    assert get_next_value("x", reset_value=4) == 3
    assert get_next_values(2, "x", reset_value=4) == [1, 2]


def test_delete(dialect):
    assert delete("x") is False
    get_next_value("x")
    assert Sequence("x").delete() is True
    assert get_last_value("x") is None
    assert get_next_value("x") == 1


def test_using(dialect):
    get_next_value("x")
    assert get_next_value("x", using="other") == 1
    assert Sequence("x", using="other").get_next_value() == 2
    assert (get_last_value("x"), get_last_value("x", using="other")) == (1, 2)
    assert delete("x", using="other") is True
    assert get_last_value("x") == 1


class ToOther:
    def db_for_read(self, model, **hints):
        return "other"

    db_for_write = db_for_read


def test_routers_choose_the_database(settings):
    settings.DATABASE_ROUTERS = [ToOther()]
    assert get_next_value("x") == 1
    assert get_last_value("x") == 1
    assert get_last_value("x", using="default") is None


def test_sequence_holds_its_arguments():
    sequence = Sequence("x", 5, 9, using="other")
    assert (sequence.sequence_name, sequence.initial_value) == ("x", 5)
    assert (sequence.reset_value, sequence.using) == (9, "other")
    assert repr(sequence) == "Sequence('x', initial_value=5, reset_value=9, using='other')"
    assert repr(Sequence()) == "Sequence('default')"
    assert next(sequence) == 5


NAMES = [
    "a",
    "A",
    "á",
    "a ",
    "a  ",
    " a",
    "ａ",
    "ä",
    "A\u0301",
    "à",
    "a\t",
    "ß",
    "ss",
    "a/b",
    "a=b",
]


def test_names_that_differ_in_anything_stay_apart(dialect):
    for _ in range(2):
        for name in NAMES:
            get_next_value(name)
    assert [get_last_value(name) for name in NAMES] == [2] * len(NAMES)
    assert sorted(Counter.objects.values_list("name", flat=True)) == sorted(NAMES)


def test_name_too_long_is_an_error():
    assert get_next_value("n" * 255) == 1
    for name in ("n" * 256, "ü" * 50, "N" * 128):
        with pytest.raises(ValueError, match="too long"):
            get_next_value(name)
    assert get_last_value("n" * 255) == 1


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_impossible_names(name):
    with pytest.raises(ValueError, match="must not be empty"):
        get_next_value(name)


@pytest.mark.parametrize(
    "arguments", [(1,), ("x", "1"), ("x", 1.0), ("x", True), ("x", 1, "2")], ids=str
)
def test_wrong_types(arguments):
    with pytest.raises(TypeError):
        get_next_value(*arguments)


@pytest.mark.parametrize("arguments", [("x", -1), ("x", 2**63), ("x", 1, 2**63)], ids=str)
def test_values_out_of_range(arguments):
    with pytest.raises(ValueError, match="between 0 and"):
        get_next_value(*arguments)


def test_greatest_value(dialect):
    Sequence("x").advance_to(MAX_VALUE - 2)
    assert get_next_value("x") == MAX_VALUE - 1
    with pytest.raises(SequenceExhausted, match="no number left"), transaction.atomic():
        get_next_values(2, "x")
    assert get_next_value("x") == MAX_VALUE
    for count in (1, 5):
        with pytest.raises(SequenceExhausted), transaction.atomic():
            get_next_values(count, "x")
    assert get_last_value("x") == MAX_VALUE
    assert get_next_value("y", MAX_VALUE) == MAX_VALUE
    with pytest.raises(SequenceExhausted), transaction.atomic():
        get_next_values(2, "z", MAX_VALUE)
    assert get_last_value("z") is None


def test_greatest_value_of_a_field(dialect):
    Sequence("invoices").advance_to(MAX_VALUE - 1)
    assert Invoice.objects.create().number == MAX_VALUE
    assert Invoice.objects.get().number == MAX_VALUE
    with pytest.raises(SequenceExhausted), transaction.atomic():
        Invoice.objects.create()
    assert Invoice.objects.count() == 1


def test_advance_to(dialect):
    sequence = Sequence("x")
    assert sequence.advance_to(10) is True
    assert sequence.get_last_value() == 10
    assert sequence.get_next_value() == 11
    assert sequence.advance_to(5) is False
    assert sequence.advance_to(11) is False
    assert sequence.get_next_value() == 12
    for value in (-1, 2**63):
        with pytest.raises(ValueError, match="value must be between"):
            sequence.advance_to(value)


@pytest.mark.parametrize(("value", "following"), [(0, 10), (8, 10), (9, 10), (10, 11), (50, 51)])
def test_advance_to_before_the_first_use(dialect, value, following):
    sequence = Sequence("x", initial_value=10)
    assert sequence.advance_to(value) is (value >= 10)
    assert sequence.get_next_value() == following


def test_advance_to_of_a_loop(dialect):
    sequence = Sequence("x", reset_value=10)
    sequence.advance_to(8)
    assert [next(sequence), next(sequence)] == [9, 1]
    with pytest.raises(ValueError, match="between 0 and 9"):
        sequence.advance_to(10)


def test_first_use_of_a_sequence_whose_rows_are_numbered(dialect):
    Legacy.objects.create()
    delete("legacy")
    with pytest.raises(SequenceNotSynced, match="sync_sequences"), transaction.atomic():
        get_next_value("legacy")
    assert get_last_value("legacy") is None
    assert get_next_value("legacy", 2) == 2


def test_advance_to_before_the_first_use_of_a_sequence_whose_rows_are_numbered(dialect):
    for _ in range(5):
        Legacy.objects.create()
    delete("legacy")
    for value in (0, 2, 4):
        refused = pytest.raises(SequenceNotSynced, match=f"would start at {value + 1}, but")
        with refused, transaction.atomic():
            Sequence("legacy").advance_to(value)
    assert get_last_value("legacy") is None
    assert Sequence("legacy", initial_value=10).advance_to(3) is False
    assert Sequence("legacy").advance_to(5) is True
    assert Sequence("legacy").advance_to(2) is False
    assert Legacy.objects.create().number == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("autocommit", [True, False])
@pytest.mark.parametrize(
    "call",
    [
        lambda: get_next_value("legacy"),
        lambda: get_next_values(2, "legacy", reset_value=10),
        lambda: Sequence("legacy").advance_to(2),
        lambda: Sequence("legacy").advance_to(0),
    ],
    ids=["get_next_value", "a loop", "advance_to", "advance_to nothing"],
)
def test_a_refusal_leaves_no_counter(dialect, autocommit, call):
    """Without autocommit, the project may catch the error, go on and commit."""
    Legacy.objects.bulk_create([Legacy(), Legacy(), Legacy()])
    delete("legacy")
    transaction.set_autocommit(autocommit)
    try:
        with pytest.raises(SequenceNotSynced):
            call()
        Plain.objects.create()
        if not autocommit:
            transaction.commit()
    finally:
        if not autocommit:
            transaction.rollback()
            transaction.set_autocommit(True)
    assert Plain.objects.count() == 1
    assert not Counter.objects.exists()


@pytest.mark.parametrize(
    ("what", "take"),
    [
        ("get_next_value()", lambda scope: get_next_value("slips", scope=scope)),
        ("get_next_values()", lambda scope: get_next_values(2, "slips", scope=scope)),
        ("next()", lambda scope: next(Sequence("slips", scope=scope))),
    ],
)
@pytest.mark.parametrize("scope", [(), (1,), (1, 2026, 3)], ids=str)
def test_a_scope_that_no_row_can_have(what, take, scope):
    """The number would be of another series than the rows'."""
    with pytest.warns(RuntimeWarning) as found:
        take(scope)
    (warning,) = found
    message = str(warning.message)
    assert message.startswith(f'{what} of the sequence "slips"')
    assert "testapp.Slip.number" in message
    assert 'Slip._meta.get_field("number").sequence_for(row)' in message
    assert "scope=(company, issued_on__year)" in message
    assert (warning.filename, warning.lineno) == (__file__, take.__code__.co_firstlineno)


def test_a_scope_that_no_row_can_have_is_said_in_the_names_of_the_field():
    with pytest.warns(RuntimeWarning, match=r"whose scope is \(company, FiscalYear\)"):
        get_next_value("fiscal")
    with pytest.warns(RuntimeWarning, match=r"give scope=\(moment__date,\)"):
        get_next_value("dates")
    with pytest.warns(RuntimeWarning, match=r"testapp.Invoice.number, whose scope is \(\)"):
        get_next_value("invoices", scope=(1,))
    with pytest.raises(RuntimeWarning), warnings.catch_warnings():
        warnings.simplefilter("error")
        get_next_value("months")
    assert get_last_value("months") is None


@pytest.mark.filterwarnings("error")
def test_scopes_that_a_row_can_have(settings):
    company = Company.objects.create(name="a")
    row = Slip(company=company, issued_on=datetime.date(2026, 1, 1))
    assert Slip._meta.get_field("number").sequence_for(row).get_next_value() == 1
    assert get_next_value("slips", scope=(company, 2026)) == 2
    assert get_next_value("invoices") == 1
    assert get_next_value("of no model", scope=(1, 2)) == 1
    # What takes no number begins no series.
    assert Sequence("slips").get_last_value() is None
    assert Sequence("slips").advance_to(0) is False
    assert Sequence("slips").delete() is False
    settings.DATABASE_ROUTERS = [NotInOther()]
    assert get_next_value("slips", using="other") == 1


class NotInOther:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return not (db == "other" and app_label == "testapp")


@pytest.mark.django_db(transaction=True)
def test_autocommit_gives_a_number_for_good():
    assert get_next_value("x") == 1
    connection.close()
    assert get_next_value("x") == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_use", [True, False])
def test_nowait(actors, dialect, first_use):
    if dialect == "generic" and first_use:
        pytest.skip("the generic dialect can only lock a counter that exists")
    if dialect == "generic" and connection.vendor == "sqlite":
        pytest.skip("SQLite has no SELECT FOR UPDATE NOWAIT")
    one, two = actors

    def take(name="x"):
        return get_next_value(name, nowait=True)

    if not first_use:
        get_next_value("x")
    one.begin()
    given = one.do(take)
    if connection.vendor == "sqlite":  # atomic() itself waits, with transaction_mode IMMEDIATE
        with pytest.raises(SequenceLocked, match='"x"'):
            two.do(take)
    else:
        two.begin()
        with pytest.raises(SequenceLocked, match='"x"') as error:
            two.do(take)
        assert isinstance(error.value, OperationalError)
        # The transaction is still usable, and waits again as the database is set up to.
        assert two.do(take, "y") == 1
        waiting = two.waits(get_next_value, "x")
        one.rollback()
        assert waiting.result(30) == given
        two.commit()
        return
    one.commit()
    assert two.do(take) == given + 1


@pytest.mark.django_db(transaction=True)
def test_lock_time_out(actors, dialect):
    if connection.vendor == "sqlite":
        shorten = "PRAGMA busy_timeout = 50"
    elif connection.vendor == "mysql":
        shorten = "SET innodb_lock_wait_timeout = 1"
    else:
        shorten = "SET lock_timeout = 50"
    if dialect == "generic":
        pytest.skip("the generic dialect does not know the errors of other databases")
    one, two = actors
    Invoice.objects.create()
    two.execute(shorten)
    one.begin()
    one.do(lambda: Invoice.objects.create())
    calls = [
        lambda: Invoice.objects.create(),
        lambda: get_next_value("invoices"),
        lambda: Sequence("invoices").advance_to(10),
    ]
    if connection.vendor != "sqlite":  # where Django's own BEGIN fails, before we are asked
        calls.append(lambda: Invoice.objects.bulk_create([Invoice(), Invoice()]))
    for call in calls:
        with pytest.raises(SequenceLocked, match='"invoices"'):
            two.do(call)
    one.commit()
    assert two.do(lambda: Invoice.objects.create().number) == 3


NOWAIT = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection, connections, transaction
from gapless_fields import SequenceLocked, get_next_value

call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("SELECT @@innodb_rollback_on_timeout, @@innodb_lock_wait_timeout")
    rolls_back, before = cursor.fetchone()
other = connection.copy("default")
with transaction.atomic():
    assert get_next_value("cases") == 1
    default, connections["default"] = connections["default"], other
    for atomic in (True, False):
        try:
            if atomic:
                with transaction.atomic():
                    get_next_value("cases", nowait=True)
            else:
                get_next_value("cases", nowait=True)
        except SequenceLocked:
            print("locked")
        with other.cursor() as cursor:
            cursor.execute("SELECT @@innodb_lock_wait_timeout")
            assert cursor.fetchone()[0] == before, "the setting was left behind"
    other.close()
    connections["default"] = default
print(rolls_back, get_next_value("cases"))
"""


@pytest.mark.slow
def test_nowait_where_a_time_out_rolls_back_the_transaction():
    """A server with ``innodb_rollback_on_timeout``, which is set when it starts."""
    if connection.vendor != "mysql" or not connection.mysql_is_mariadb:
        pytest.skip("asks MariaDB")
    with servers.mariadb("--innodb-rollback-on-timeout") as url:
        if url is None:
            pytest.skip("MariaDB is not installed here")
        with connection.cursor() as cursor:  # its own, not the suite's
            cursor.execute("SELECT 1")
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        create = f"import MySQLdb, dj_database_url; d = dj_database_url.parse({url!r})\n"
        create += (
            "s = MySQLdb.connect(user=d['USER'], unix_socket=d['HOST'])\n"
            "s.cursor().execute('CREATE DATABASE gapless_default')\n"
        )
        environment.pop("GAPLESS_TEST_FOLDER", None)
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", create + NOWAIT],
            env=environment,
            capture_output=True,
            text=True,
        )
    assert result.stdout.split("\n")[:3] == ["locked", "locked", "1 2"], result.stderr


def test_sqlite_before_it_had_returning(without_returning):
    if connection.vendor != "sqlite":
        pytest.skip("asks about SQLite alone")
    assert type(dialect_for(connection)) is GenericDialect
    assert [get_next_value("x") for _ in range(3)] == [1, 2, 3]
    assert list(get_next_values(3, "x")) == [4, 5, 6]
    assert [Invoice.objects.create().number for _ in range(2)] == [1, 2]
