"""Moving over from packages that keep their sequences in a table of their own."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from gapless_fields import ImportSequences, Sequence, get_last_value, get_next_value
from gapless_fields.models import Counter
from gapless_fields.moving.patterns import Pattern
from tests.auditapp.models import Chronicle
from tests.raw import raw_update
from tests.testapp.models import Bill, Company, Filed, Invoice, Job, Legacy

pytestmark = pytest.mark.django_db(databases=["default", "other"])

TABLES = {
    "sequences": ("sequences_sequence", "name", "last"),
    "django_seq": ("django_seq__sequences", "key", "value"),
}
BILLS = "bills-{company}-{issued_on__year}=testapp.Bill.number"
DAY = datetime.date(2026, 3, 1)


def run(sql, *params, using="default"):
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)


def quoted(source):
    return map(connection.ops.quote_name, TABLES[source])


def drop_tables():
    for table, _name, _last in TABLES.values():
        run(f"DROP TABLE IF EXISTS {table}")
        run(f"DROP TABLE IF EXISTS {table}_closed")


@pytest.fixture(scope="module")
def tables(django_db_setup, django_db_blocker):
    """The tables of the other packages, which are not installed."""
    number = "bigint unsigned" if connection.vendor == "mysql" else "bigint"
    with django_db_blocker.unblock():
        drop_tables()
        for source in TABLES:
            table, name, last = quoted(source)
            run(f"CREATE TABLE {table} ({name} varchar(100) PRIMARY KEY, {last} {number} NOT NULL)")
        yield
        drop_tables()
        connection.close()


@pytest.fixture(autouse=True)
def empty(tables, db):
    for source in TABLES:
        table, _name, _last = quoted(source)
        run(f"DELETE FROM {table}")


def put(source="sequences", **lasts):
    """Let sequences of the other package have given numbers; ``_`` stands for ``-``."""
    table, name, last = quoted(source)
    for key, value in lasts.items():
        key = key.replace("_", "-")
        run(f"DELETE FROM {table} WHERE {name} = %s", key)
        run(f"INSERT INTO {table} ({name}, {last}) VALUES (%s, %s)", key, value)


def command(*arguments, source="sequences", **options):
    output = io.StringIO()
    call_command("import_sequences", f"--from={source}", *arguments, stdout=output, **options)
    return output.getvalue().splitlines()


def maps(*texts):
    return [f"--map={text}" for text in texts]


@pytest.fixture
def company(monkeypatch):
    monkeypatch.setattr(Company, "__str__", lambda self: self.name)
    return Company.objects.create(pk=7, name="ACME")


@pytest.mark.parametrize("source", TABLES)
def test_sequences_of_the_same_name(source, dialect):
    put(source, cases=4, Other=1)
    assert command(source=source) == [
        "Other at 1 -> Other: moved from unused to 1",
        "cases at 4 -> cases: moved from unused to 4",
    ]
    assert get_next_value("cases") == 5
    assert get_next_value("Other") == 2


def test_forward_only_and_again():
    put(cases=4, jobs2=9)
    command()
    Sequence("jobs2").advance_to(12)
    put(cases=6)
    assert command() == [
        "cases at 6 -> cases: moved from 4 to 6",
        "jobs2 at 9 -> jobs2: already right at 12",
    ]
    assert (get_last_value("cases"), get_last_value("jobs2")) == (6, 12)


def test_rows_that_share_the_sequence_count():
    put(invoices=4, legacy=2)
    raw_update(Invoice.objects.filter(pk=Invoice.objects.create().pk), number=9)
    raw_update(Legacy.objects.filter(pk=Legacy.objects.create().pk), number=1)
    Counter.objects.all().delete()
    assert command() == [
        "invoices at 4 -> invoices: 1 row, 8 missing, 0 double; moved from unused to 9, "
        "the highest number in use",
        "legacy at 2 -> legacy: 1 row, 0 missing, 0 double; moved from unused to 2",
    ]
    assert Invoice.objects.create().number == 10
    assert Legacy.objects.create().number == 3


def test_a_number_zero_that_was_given_is_not_given_again():
    """django-sequences may start at 0. In django-seq, 0 means that nothing was given."""
    put(cases=0)
    put("django_seq", others=0)
    assert command() == ["cases at 0 -> cases: moved from unused to 0"]
    assert command(source="django_seq") == ["The old table has no sequences."]
    assert Sequence("cases", initial_value=0).get_next_value() == 1
    assert Sequence("others", initial_value=0).get_next_value() == 0


def test_dry_run():
    put(cases=4)
    assert command("--dry-run") == ["cases at 4 -> cases: would move from unused to 4"]
    assert Counter.objects.count() == 0
    assert command("--verbosity=0") == []
    assert get_last_value("cases") == 4


def test_names_that_fit_a_pattern_are_series_of_the_field(company, dialect):
    put(bills_7_2026=12, bills_007_2027=3, bills_x=1, bills_8_2026=5)
    assert command(*maps(BILLS)) == [
        "bills-x at 1 -> bills-x: moved from unused to 1",
        "bills-7-2026 at 12 -> bills: company ACME, year 2026: "
        "0 rows, 0 missing, 0 double; moved from unused to 12",
        "bills-007-2027 at 3 -> bills: company ACME, year 2027: "
        "0 rows, 0 missing, 0 double; moved from unused to 3",
        "bills-8-2026 at 5 -> bills: company 8, year 2026: "
        "0 rows, 0 missing, 0 double; moved from unused to 5",
    ]
    later = DAY.replace(year=2027)
    assert Bill.objects.create(company=company, issued_on=DAY).number == 13
    assert Bill.objects.create(company=company, issued_on=later).number == 4


def test_rows_of_a_mapped_series_count(company):
    row = Bill.objects.create(company=company, issued_on=DAY)
    raw_update(Bill.objects.filter(pk=row.pk), number=20)
    put(bills_7_2026=12)
    assert command(*maps(BILLS)) == [
        "bills-7-2026 at 12 -> bills: company ACME, year 2026: "
        "1 row, 19 missing, 0 double; moved from 1 to 20, the highest number in use",
    ]


def test_the_counter_knows_the_latest_date():
    Chronicle.objects.create(team=1, day=DAY)
    put(c_1=12)
    command(*maps("c-{team}=auditapp.Chronicle.number"))
    counter = Counter.objects.get(name="chronicles")
    assert (counter.last, counter.last_date) == (12, DAY.isoformat())


def series_of(pattern, target, name):
    found = Pattern(pattern, target).series_of(name)
    return None if found is None else list(found.scope)


def test_what_placeholders_may_be_called():
    slip = "testapp.Slip"
    assert series_of("s-{company_id}-{issued_on__year}", slip, "s-7-2026") == ["7", "2026"]
    assert series_of("{issued_on__year}{{}}{company}", slip, "2026{}7") == ["7", "2026"]
    fiscal = "testapp.Booking.in_fiscal_year"
    assert series_of("{company}/{fiscal}", fiscal, "7/2025") == ["7", "2025"]
    assert series_of("{moment__date}", "testapp.Booking.on_date", "2026-01-31") == ["2026-01-31"]
    assert series_of("old", "testapp.Invoice", "old") == []
    assert series_of("old", "testapp.Invoice", "older") is None


def test_values_are_those_of_the_columns():
    part = "{text}|{integer}|{amount}|{token}|{flag}|{day}|{moment}"
    token = "12345678-1234-5678-1234-567812345678"
    name = f"None| x |007|1.50|{token.upper()}|True|2026-01-02|2026-01-02 03:04:05+01:00"
    wanted = ["None| x ", "7", "1.5", token, "1", "2026-01-02", "2026-01-02T02:04:05+00:00"]
    assert series_of(part, "testapp.Filed", name) == wanted
    row = Filed(
        text="None| x ",
        integer=7,
        amount="1.5",
        token=token,
        flag=True,
        day="2026-01-02",
        moment="2026-01-02 03:04:05+01:00",
    )
    assert list(Filed._meta.get_field("number").series_for(row).scope) == wanted
    nothing = "None|None|None|None|None|None|None"
    assert series_of(part, "testapp.Filed", nothing) == ["None"] + [None] * 6
    assert series_of("{team}-{text}", "auditapp.Left", "1-0123456789") is None  # too long
    assert series_of(part, "testapp.Filed", "|||||||") is None
    assert series_of("{company}-{year}", "auditapp.Proven", "None-2026") is None  # never NULL


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "b-{company}-{year}=testapp.Bill.number",
            'There is no part "year" for the pattern "b-{company}-{year}" of testapp.Bill.number '
            "in the scope of the field. Use {company}, {issued_on__year}.",
        ),
        (
            "b-{company}=testapp.Bill.number",
            '"issued_on__year" is missing in the pattern "b-{company}" of testapp.Bill.number, and '
            "without it the series is not known. Use {company}, {issued_on__year}, each once.",
        ),
        ("b-{company}-{company}=testapp.Bill", '"company" stands twice in the pattern'),
        ("{x}=testapp.Invoice.number", "in the scope of the field. Use no placeholders."),
        ("x=testapp.Invoice.note", "Name a numbered field of testapp.Invoice: it has number."),
        ("x=testapp.Booking", "Name a numbered field of testapp.Booking: it has in_week, "),
        ("x=testapp.Nothing", "App 'testapp' doesn't have a 'Nothing' model."),
        ("x=Invoice", '"Invoice" is neither an app.Model nor an app.Model.field.'),
        ("x{=testapp.Invoice", "Single '{' encountered in format string"),
        ("testapp.Invoice", "is not of the form PATTERN=app.Model.field"),
    ],
)
def test_patterns_that_are_wrong(text, says):
    put(invoices=3)
    with pytest.raises(CommandError) as error:
        command(*maps(text))
    assert says in str(error.value)
    assert Counter.objects.count() == 0


def test_names_that_fit_in_two_ways():
    put(a_b_1=3)
    found = command(*maps("{text}-{team}=auditapp.Left.number"))
    assert found[0].startswith("a-b-1 at 3 -> audited: text a-b, team 1: ")
    with pytest.raises(CommandError) as error:
        command(*maps("{text}{team}=auditapp.Left.number"))
    assert str(error.value) == (
        'The sequence "a-b-1" fits the pattern "{text}{team}" of auditapp.Left.number in two ways: '
        "the scope may be ['a-b', '-1'] or ['a-b-', '1']. Rename it in the old table, and choose a "
        "pattern that separates the values clearly."
    )


def test_names_that_fit_two_patterns():
    put(x_1=3)
    two = ["x-{company}=auditapp.Indexed.number", "{company}=auditapp.Partly", "x-1=testapp.Legacy"]
    with pytest.raises(CommandError, match=r'"x-1" fits the pattern .* and the pattern "x-1" of'):
        command(*maps(*two))
    twice = ["x-{company}=auditapp.Indexed.number", "x-{company}=auditapp.Partly.number"]
    with pytest.raises(CommandError, match="of auditapp.Indexed.number and the pattern"):
        command(*maps(*twice))
    assert Counter.objects.count() == 0


def test_a_pattern_that_nothing_fits():
    put(cases=4)
    assert command(*maps("b-{company}-{issued_on__year}=testapp.Bill"))[1:] == [
        'No sequence fits the pattern "b-{company}-{issued_on__year}" of testapp.Bill.number.'
    ]


def test_a_sequence_that_starts_again():
    """The rows say nothing: their highest number may be of an earlier round."""
    for _ in range(3):
        Job.objects.create()
    Counter.objects.all().delete()
    put(jobs=1)
    assert command() == ["jobs at 1 -> jobs: 3 rows; moved from unused to 1"]
    assert get_last_value("jobs") == 1
    put(jobs=4)
    with pytest.raises(CommandError) as error:
        command()
    assert str(error.value) == (
        'The sequence "jobs" is at 4. testapp.Job.number gives none after 3. If it is not used any '
        "more, delete its row from the old table."
    )
    assert get_last_value("jobs") == 1


@pytest.mark.skipif(connection.vendor != "mysql", reason="the column cannot hold the number")
def test_a_number_that_no_counter_can_hold():
    put(cases=2**63)
    with pytest.raises(CommandError, match="The greatest is 9223372036854775807"):
        command()


def test_a_name_that_no_sequence_can_have():
    put(**{"é" * 100: 3}, cases=4)
    with pytest.raises(CommandError, match="is too long"):
        command()
    assert Counter.objects.count() == 0


def test_a_database_without_the_table():
    says = 'The database "other" has no table "sequences_sequence".'
    for arguments in ([], ["--dry-run"], ["--close"]):
        with pytest.raises(CommandError, match=says):
            command("--database=other", *arguments)
    with pytest.raises(CommandError, match="invalid choice"):
        command(source="counter")


# In flight


@pytest.fixture
def locks(rows_have_locks):
    """Transactions in which a number was taken and that have not ended."""


UPDATE = "UPDATE sequences_sequence SET last = last + 1 WHERE name = 'invoices'"
INSERT = "INSERT INTO sequences_sequence (name, last) VALUES ('invoices', 7)"
SELECT = "SELECT last FROM sequences_sequence WHERE name = 'invoices' FOR UPDATE"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statements", [[UPDATE], [INSERT], [SELECT, UPDATE]])
def test_transactions_in_flight_are_waited_for(actors, locks, statements):
    old, new = actors
    if INSERT not in statements:
        put(invoices=6)
    old.begin()
    old.execute(statements[0])
    waiting = new.waits(command)
    for statement in statements[1:]:
        old.execute(statement)
    old.commit()
    assert waiting.result(30)[0].startswith("invoices at 7 -> invoices: ")
    assert new.do(lambda: Invoice.objects.create().number) == 8


@pytest.mark.django_db(transaction=True)
def test_a_transaction_in_flight_that_is_rolled_back(actors, locks):
    old, new = actors
    put(invoices=6)
    old.begin()
    old.execute(UPDATE)
    waiting = new.waits(command)
    old.rollback()
    assert waiting.result(30)[0].startswith("invoices at 6 -> invoices: ")
    assert new.do(lambda: Invoice.objects.create().number) == 7


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_waits_for_nobody(actors, locks):
    old, new = actors
    put(invoices=6)
    old.begin()
    old.execute(UPDATE)
    assert new.do(command, "--dry-run")[0].startswith("invoices at 6 -> ")
    old.rollback()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", [UPDATE, INSERT, SELECT])
def test_the_old_table_is_locked_until_the_end(actors, locks, statement):
    old, new = actors
    if statement != INSERT:
        put(invoices=6)
    elif connection.vendor == "mysql":
        pytest.skip("READ COMMITTED locks rows, and not the gaps between them")
    new.begin()
    new.do(command)
    waiting = old.waits(run, statement)
    new.commit()
    waiting.result(30)


# Closing


@pytest.fixture
def own_tables(transactional_db, django_db_blocker):
    """Tables that a test may rename."""
    yield
    for table, _name, _last in TABLES.values():
        if f"{table}_closed" in connection.introspection.table_names():
            run(f"ALTER TABLE {table}_closed RENAME TO {table}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("source", TABLES)
def test_a_closed_table_gives_no_more_numbers(own_tables, source):
    put(source, cases=4)
    table, _name, last = quoted(source)
    command("--close", "--dry-run", source=source)
    run(f"UPDATE {table} SET {last} = {last} + 1")
    assert command("--close", source=source) == ["cases at 5 -> cases: moved from unused to 5"]
    with pytest.raises(DatabaseError):
        run(f"UPDATE {table} SET {last} = {last} + 1")
    for again in ([], ["--close"], ["--dry-run"]):
        assert command(*again, source=source) == ["cases at 5 -> cases: already right at 5"]


@pytest.mark.django_db(transaction=True)
def test_closing_waits_and_who_comes_later_gets_an_error(actors, locks, own_tables):
    old, new = actors
    late = old.__class__()
    try:
        put(invoices=6)
        old.begin()
        old.execute(UPDATE)
        waiting = new.waits(command, "--close")
        behind = late.waits(run, UPDATE)
        old.commit()
        assert waiting.result(30)[0].startswith("invoices at 7 -> invoices: ")
        with pytest.raises(DatabaseError):
            behind.result(30)
    finally:
        late.close()
    assert new.do(lambda: Invoice.objects.create().number) == 8


@pytest.mark.django_db(transaction=True)
def test_what_fails_leaves_the_table_open(own_tables):
    if not connection.features.can_rollback_ddl:
        pytest.skip("renaming a table commits")
    put(jobs=4)
    with pytest.raises(CommandError):
        command("--close")
    assert "sequences_sequence" in connection.introspection.table_names()


# In a migration


def migrate(operation, using="default"):
    state = ProjectState.from_apps(Bill._meta.apps)
    before = state.clone()
    operation.state_forwards("testapp", state)
    assert state == before
    editor = connections[using].schema_editor()  # entered by the migration, and not needed here
    operation.database_forwards("testapp", editor, state, state)
    operation.database_backwards("testapp", editor, state, state)


def test_operation(company):
    row = Bill.objects.create(company=company, issued_on=DAY)
    raw_update(Bill.objects.filter(pk=row.pk), number=20)
    put(bills_7_2026=12, cases=4)
    migrate(ImportSequences("sequences", dict([BILLS.split("=")])))
    assert Bill.objects.create(company=company, issued_on=DAY).number == 21
    assert get_next_value("cases") == 5
    with pytest.raises(ValueError, match='"x" of testapp.Bill.number'):
        migrate(ImportSequences("sequences", {"x": "testapp.Bill.number"}))


def test_operation_in_a_database_that_has_no_old_table(monkeypatch, settings):
    put(cases=4)
    migrate(ImportSequences("sequences", close=True), using="other")
    settings.DATABASE_ROUTERS = [Nowhere()]
    migrate(ImportSequences("sequences"))
    assert Counter.objects.count() == Counter.objects.using("other").count() == 0


class Nowhere:
    def allow_migrate(self, db, app_label, **hints):
        return False


@pytest.mark.django_db(transaction=True)
def test_operation_closes(own_tables):
    put("django_seq", cases=4)
    migrate(ImportSequences("django_seq", close=True))
    assert "django_seq__sequences" not in connection.introspection.table_names()
    assert get_last_value("cases") == 4


def test_operation_is_written():
    operation = ImportSequences("sequences", {"a-{b}": "c.D.e"}, close=True)
    assert operation.describe() == "Move over the sequences of sequences"
    assert operation.migration_name_fragment == "import_sequences"
    options = {"source": "sequences", "mapping": {"a-{b}": "c.D.e"}, "close": True}
    assert operation.deconstruct() == ("ImportSequences", [], options)
    assert ImportSequences("django_seq").deconstruct()[2] == {"source": "django_seq"}
    text, imports = OperationWriter(operation, indentation=0).serialize()
    assert "ImportSequences(" in text
    assert "import gapless_fields.operations" in imports
    with pytest.raises(ValueError, match='one of sequences, django_seq, not "other"'):
        ImportSequences("other")
