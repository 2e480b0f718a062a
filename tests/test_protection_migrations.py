"""Triggers follow what migrations do to their tables, and leave nothing behind."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, migrations, models, transaction
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.state import ProjectState

from gapless_fields import (
    GaplessSequenceField,
    NumberProtection,
    unprotected,
    void_and_delete,
)
from gapless_fields.checks.databases import check_databases
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.counters.dialects.triggers import REGISTER, Trigger
from gapless_fields.models import RegisterEntry
from gapless_fields.protection.installation import (
    is_stale,
    refusal_accepted,
    register_triggers,
    renew_protection,
    triggers_of_register,
)
from tests.auditapp.models import Safe, Vault

pytestmark = pytest.mark.django_db(transaction=True)

PROTECTION = NumberProtection(fields=["number"], name="deed_protected")
CREATE = migrations.CreateModel(
    "Deed",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("office", models.IntegerField(default=1)),
        ("number", GaplessSequenceField(sequence="deeds", scope=["office"], null=True)),
    ],
)
ADD = migrations.AddConstraint("Deed", PROTECTION)


class Migrated:
    """A project of one application, whose migrations are run one by one."""

    def __init__(self):
        self.state = ProjectState()

    def run(self, *operations):
        for operation in operations:
            before = self.state
            self.state = before.clone()
            operation.state_forwards("audit_migrated", self.state)
            with connection.schema_editor(atomic=connection.features.can_rollback_ddl) as editor:
                operation.database_forwards("audit_migrated", editor, before, self.state)
            self.before, self.last = before, operation

    def back(self):
        with connection.schema_editor(atomic=connection.features.can_rollback_ddl) as editor:
            self.last.database_backwards("audit_migrated", editor, self.state, self.before)
        self.state = self.before

    @property
    def model(self):
        (model,) = self.state.apps.get_models()
        return model

    def triggers(self):
        writer = dialect_for(connection).trigger_writer()
        tables = connection.introspection.table_names()
        return [name for table in tables for name in writer.existing(table) if "deed" in name]

    def drop(self):
        tables = connection.introspection.table_names()
        with connection.schema_editor() as editor:
            for model in self.state.apps.get_models():
                if model._meta.db_table in tables:
                    editor.delete_model(model)
        renew_protection("default")
        assert functions() == []


@pytest.fixture
def project():
    migrated = Migrated()
    yield migrated
    migrated.drop()


def is_protected(model, column="number"):
    table = model._meta.db_table
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} (office, {column}) VALUES (1, 99)")
            raise ZeroDivisionError
    except IntegrityError:
        return True
    except ZeroDivisionError:
        return False


def functions():
    """What PostgreSQL keeps beside triggers."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'deed%'")
        return cursor.fetchall()


def test_added_and_removed(project):
    project.run(CREATE)
    assert not is_protected(project.model)
    project.run(ADD)
    assert is_protected(project.model)
    project.run(migrations.RemoveConstraint("Deed", "deed_protected"))
    assert not is_protected(project.model)
    assert project.triggers() == functions() == []


def test_added_and_reversed(project):
    project.run(CREATE, ADD)
    project.back()
    assert not is_protected(project.model)
    assert project.triggers() == functions() == []


def test_created_with_its_table(project):
    options = {"constraints": [PROTECTION.clone()]}
    project.run(migrations.CreateModel("Deed", CREATE.fields, options=options))
    assert is_protected(project.model)


def test_squashed(project):
    """The constraint is part of the table's creation then."""
    operations = [CREATE, migrations.RenameField("Deed", "office", "room"), ADD]
    rename_back = migrations.RenameField("Deed", "room", "office")
    squashed = MigrationOptimizer().optimize([*operations, rename_back], "audit_migrated")
    assert [type(operation) for operation in squashed] == [migrations.CreateModel]
    project.run(*squashed)
    assert is_protected(project.model)


def test_a_primary_key_of_two_columns(project):
    key = models.CompositePrimaryKey("office", "place")
    place = ("place", models.IntegerField(default=7))
    number = ("number", GaplessSequenceField(sequence="deeds", null=True))
    office = ("office", models.IntegerField(default=1))
    project.run(migrations.CreateModel("Deed", [("pk", key), office, place, number]), ADD)
    model = project.model
    assert is_protected(model)
    with transaction.atomic():
        one, other = (model._base_manager.create(office=n) for n in (1, 2))
    with pytest.raises(IntegrityError, match="void_and_delete"), transaction.atomic():
        one.delete()
    # The entry of one row does not let another be deleted.
    with pytest.raises(IntegrityError, match="void_and_delete"), transaction.atomic():
        void_and_delete(one, reason="r")
        model._base_manager.filter(office=2).delete()
    (entry,) = void_and_delete(other, reason="r")
    assert entry.row_key == "2/7"
    assert [row.office for row in model._base_manager.all()] == [1]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Django has no partitioned tables")
def test_a_partitioned_table(project):
    """A program may write to a partition by its own name."""
    project.run(CREATE)
    table = project.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}")
        cursor.execute(
            f"CREATE TABLE {table} (id bigserial, office int NOT NULL, room int NOT NULL DEFAULT 1,"
            f" number bigint) PARTITION BY LIST (room)"
        )
        for room in (1, 2):
            cursor.execute(
                f"CREATE TABLE {table}_{room} PARTITION OF {table} FOR VALUES IN ({room})"
            )
    project.run(ADD)
    (constraint,) = project.model._meta.constraints
    assert not is_stale(project.model, constraint, connection)
    assert is_protected(project.model)
    with transaction.atomic():
        row = project.model._base_manager.create(office=1)
    for sql, message in (
        (f"INSERT INTO {table}_1 (office, room, number) VALUES (1, 1, 99)", "has not given"),
        (f"UPDATE {table}_1 SET number = 5", "stays with its row"),
        (f"DELETE FROM {table}_1", "void_and_delete"),
        # A row that changes its partition is deleted and inserted, by its triggers as well.
        (f"UPDATE {table} SET room = 2", "void_and_delete"),
    ):
        with (
            pytest.raises(IntegrityError, match=message),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    with (
        transaction.atomic(),
        unprotected("moved to another room"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET room = 2")
    row.refresh_from_db()
    assert row.number == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL's tables inherit")
def test_a_table_that_another_inherits(project, monkeypatch):
    project.run(CREATE, ADD)
    (constraint,) = project.model._meta.constraints
    table = project.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table}_of_2026 () INHERITS ({table})")
    assert is_stale(project.model, constraint, connection)
    found = "gapless_fields.protection.installation.protections"
    monkeypatch.setattr(found, lambda _using: [(project.model, constraint)])
    renew_protection("default")
    assert not is_stale(project.model, constraint, connection)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}_of_2026")


def test_the_table_is_remade(project):
    project.run(
        CREATE,
        ADD,
        migrations.AddField("Deed", "note", models.TextField(default="")),
        migrations.AlterField("Deed", "note", models.CharField(max_length=9, default="")),
        migrations.RemoveField("Deed", "note"),
    )
    assert is_protected(project.model)
    assert len(project.triggers()) == (4 if connection.vendor == "postgresql" else 3)


def test_a_column_of_the_scope_gets_another_type(project):
    """PostgreSQL refuses that for a column that the definition of a trigger names."""
    project.run(CREATE, ADD, migrations.AlterField("Deed", "office", models.BigIntegerField()))
    assert is_protected(project.model)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the type json is PostgreSQL's")
def test_a_column_whose_type_has_no_equality(project):
    project.run(CREATE, ADD)
    with transaction.atomic(), connection.cursor() as cursor:
        table = project.model._meta.db_table
        cursor.execute(f"ALTER TABLE {table} ADD COLUMN data json")
        cursor.execute(f"INSERT INTO {table} (office, data) VALUES (1, '{{}}')")
        cursor.execute(f"UPDATE {table} SET data = '[]', office = 2")
        assert cursor.rowcount == 1
    assert is_protected(project.model)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the statement is PostgreSQL's")
def test_the_column_of_the_numbers_gets_another_type(project):
    project.run(CREATE, ADD)
    with transaction.atomic(), connection.cursor() as cursor:
        table = project.model._meta.db_table
        cursor.execute(f"ALTER TABLE {table} ALTER COLUMN number TYPE numeric(20)")
    assert is_protected(project.model)


def test_the_table_is_renamed(project):
    project.run(CREATE, ADD, migrations.RenameModel("Deed", "Act"))
    assert is_protected(project.model)
    project.run(migrations.AlterModelTable("Act", "acts_of_old"))
    assert is_protected(project.model)
    project.run(migrations.RemoveConstraint("Act", "deed_protected"))
    assert project.triggers() == []


def test_what_migrate_renews(project, monkeypatch):
    """A renamed column, and a scope that is another one, as ``makemigrations`` writes them."""
    project.run(
        CREATE,
        ADD,
        migrations.RemoveConstraint("Deed", "deed_protected"),
        migrations.RenameField("Deed", "number", "serial"),
        migrations.AddConstraint(
            "Deed", NumberProtection(fields=["serial"], name="deed_protected")
        ),
    )
    assert is_protected(project.model, "serial")
    (constraint,) = project.model._meta.constraints
    wrong = GaplessSequenceField(sequence="other", scope=["office"], null=True)
    project.run(migrations.AlterField("Deed", "serial", wrong))
    model = project.model
    found = "gapless_fields.protection.installation.protections"
    monkeypatch.setattr(found, lambda _using: [(model, constraint)])
    renew_protection("default")
    assert not is_stale(model, constraint, connection)
    assert is_protected(model, "serial")


def test_triggers_that_are_lost():
    (constraint,) = Safe._meta.constraints
    writer = dialect_for(connection).trigger_writer()
    table = Safe._meta.db_table
    with connection.cursor() as cursor:
        for name in constraint.existing(table, connection)[:1]:
            for statement in writer.drop(name, table):
                cursor.execute(statement)
    (message,) = [m for m in check_databases(["default"]) if m.id == "gapless_fields.W111"]
    assert "safe_number_protected" in message.msg
    assert "auditapp.Safe" in message.msg
    output = io.StringIO()
    call_command("migrate", stdout=output, verbosity=0)
    assert not is_stale(Safe, constraint, connection)
    assert check_databases(["default"]) == []


def test_sqlmigrate_shows_the_triggers(project):
    project.run(CREATE)
    state = project.state.clone()
    ADD.state_forwards("audit_migrated", state)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        ADD.database_forwards("audit_migrated", editor, project.state, state)
    text = "\n".join(editor.collected_sql)
    assert text.count("CREATE TRIGGER") + text.count("CREATE OR REPLACE TRIGGER") >= 3
    assert project.triggers() == []


def test_the_names_are_within_the_limits_of_databases():
    name = "x" * 200
    for model, constraint in ((Safe, NumberProtection(fields=["number"], name=name)),):
        names = [trigger.name for trigger in constraint.triggers(model, connection)]
    assert max(map(len, names)) <= 63
    assert len(set(names)) == len(names)
    assert is_stale(Vault, NumberProtection(fields=["number"], name=name), connection)


def test_the_register_is_append_only_for_sql():
    names = {trigger.name for trigger in register_triggers(connection)}
    assert names == set(dialect_for(connection).trigger_writer().existing(REGISTER))
    RegisterEntry.objects.create(kind="void", name="x", key="x", first=1, last=1, reason="r")
    for sql in (f"UPDATE {REGISTER} SET reason = 'x'", f"DELETE FROM {REGISTER}"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            unprotected("no exemption for the register"),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert RegisterEntry.objects.get().reason == "r"


def drop_triggers_of_register():
    writer = dialect_for(connection).trigger_writer()
    with connection.cursor() as cursor:
        for name in triggers_of_register(connection):
            for statement in writer.drop(name, REGISTER):
                cursor.execute(statement)


def test_the_triggers_of_the_register_are_renewed():
    drop_triggers_of_register()
    (message,) = [m for m in check_databases(["default"]) if m.id == "gapless_fields.W111"]
    assert "append-only" in message.msg
    call_command("migrate", verbosity=0)
    assert check_databases(["default"]) == []


def test_a_database_that_refuses_the_triggers_of_the_register(monkeypatch):
    def refuse(self, event, protected):
        return Trigger("no", "CREATE NOTHING ON", "")

    drop_triggers_of_register()
    writer = type(dialect_for(connection).trigger_writer())
    with monkeypatch.context() as patch:
        patch.setattr(writer, "trigger", refuse)
        if connection.features.can_rollback_ddl:
            with pytest.raises(DatabaseError), refusal_accepted(connection):
                renew_protection("default")
        else:
            with refusal_accepted(connection):
                renew_protection("default")
    call_command("migrate", verbosity=0)
    assert check_databases(["default"]) == []
