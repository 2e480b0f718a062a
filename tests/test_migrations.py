"""deconstruct(), makemigrations, historical models, and the package's own migrations."""

from __future__ import annotations

import copy
import io
import pickle
from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, migrations, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from gapless_fields import GaplessSequenceField, NumberChanged, Sequence, get_last_value
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing import gate
from tests.testapp.models import Invoice, Job, Legacy, Order, Ticket

FIELD = "gapless_fields.GaplessSequenceField"


@pytest.mark.parametrize(
    "options",
    [
        {"sequence": "x"},
        {"sequence": "x", "initial_value": 0},
        {"sequence": "x", "initial_value": 5, "reset_value": 9},
        {"sequence": "x", "reset_value": 9, "unique": True},
        {"sequence": "x", "unique": False, "null": True},
        {"sequence": "%(class)s", "verbose_name": "n", "help_text": "h", "db_column": "c"},
        {"sequence": "x", "db_index": True, "db_comment": "c"},
    ],
    ids=str,
)
def test_deconstruct_keeps_every_argument(options):
    _, path, args, kwargs = GaplessSequenceField(**options).deconstruct()
    # Packages ask there whether a value is required.
    assert (path, args, kwargs) == (FIELD, [], {**options, "blank": True})
    again = GaplessSequenceField(**kwargs)
    assert again.deconstruct()[1:] == (path, args, kwargs)
    assert (again.editable, again.blank, again.unique) == (
        False,
        True,
        options.get("unique", "reset_value" not in options),
    )


def test_written_migrations_can_be_read():
    text, imports = MigrationWriter.serialize(GaplessSequenceField(sequence="x"))
    assert text == "gapless_fields.GaplessSequenceField(blank=True, sequence='x')"
    assert imports == {"import gapless_fields"}


def test_placeholders_are_filled_in():
    declared = Ticket._meta.get_field("number").deconstruct()[3]["sequence"]
    assert declared == "testapp.ticket"
    for again in (copy.deepcopy(declared), pickle.loads(pickle.dumps(declared))):
        assert (again, type(again), again.model) == (declared, type(declared), Ticket)


def test_the_function_s_operation_can_be_squashed():
    """It is written and read again as it is; applied to the state, it changes no model."""
    first = import_module("gapless_fields.migrations.0001_initial").Migration
    text = MigrationWriter(first("0002_squashed", "gapless_fields")).as_string()
    namespace = {}
    exec(text, namespace)
    again = namespace["Migration"].operations[-1]
    assert type(again) is type(first.operations[-1])
    assert again.deconstruct()[1:] == ([], {})


def test_a_subclass_keeps_its_own_path():
    class Special(GaplessSequenceField):
        pass

    assert Special(sequence="x").deconstruct()[1].endswith("Special")


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["gapless_fields", "testapp"])
def test_makemigrations_finds_nothing_new(app):
    output = io.StringIO()
    call_command("makemigrations", app, check=True, dry_run=True, stdout=output)
    assert "No changes detected" in output.getvalue()


@pytest.mark.django_db(transaction=True)
def test_changed_settings_are_no_change_of_the_table():
    def state(**options):
        project = ProjectState()
        fields = [
            ("id", models.BigAutoField(primary_key=True)),
            ("number", GaplessSequenceField(**options)),
        ]
        project.add_model(ModelState("shop", "Bill", fields))
        return project

    before = state(sequence="x")
    after = state(sequence="y", initial_value=5)
    changes = MigrationAutodetector(before, after)._detect_changes()
    ((operation,),) = [migration.operations for migration in changes["shop"]]
    assert isinstance(operation, migrations.AlterField)
    with connection.schema_editor(collect_sql=True) as editor:
        operation.database_forwards("shop", editor, before, after)
    assert not [line for line in editor.collected_sql if not line.startswith("--")]


def historical():
    state = ProjectState.from_apps(Invoice._meta.apps)
    return state.apps


@pytest.mark.django_db
def test_historical_models_number_their_rows():
    apps = historical()
    Invoice.objects.create()
    Old = apps.get_model("testapp", "Invoice")
    assert Old is not Invoice
    assert Old.objects.create().number == 2
    assert [row.number for row in Old.objects.bulk_create([Old(), Old()])] == [3, 4]
    copy = Old.objects.get(number=4)
    copy.pk = None
    copy.save()
    assert copy.number == 5
    assert apps.get_model("testapp", "Job").objects.create().number == 1
    assert Job.objects.create().number == 2


@pytest.mark.django_db
def test_historical_copies_of_history_tables_do_not_number():
    apps = historical()
    Old = apps.get_model("testapp", "HistoricalOrder")
    assert Order.objects.create().history.get().number == 1
    row = Old.objects.get()
    row.pk = None
    row.save()
    assert row.number == 1
    assert get_last_value("orders") == 1


@pytest.mark.django_db
def test_historical_models_refuse_a_first_use_beside_numbered_rows():
    from gapless_fields import Sequence, SequenceNotSynced

    Legacy.objects.create()
    Sequence("legacy").delete()
    with pytest.raises(SequenceNotSynced):
        historical().get_model("testapp", "Legacy").objects.create()


@pytest.mark.django_db(transaction=True)
def test_schema_changes_keep_numbers_and_numbering():
    """SQLite copies the table, through a model that it puts together from copied fields."""
    Invoice.objects.create()
    state = ProjectState.from_apps(Invoice._meta.apps)
    model = state.apps.get_model("testapp", "Invoice")
    old = model._meta.get_field("note")
    new = models.CharField(max_length=60, default="")
    new.set_attributes_from_name("note")
    new.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, old, new)
    assert Invoice.objects.create().number == 2
    with connection.schema_editor() as editor:
        editor.alter_field(model, new, old)
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2]
    assert type(Invoice._meta.get_field("number")) is GaplessSequenceField
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "testapp_invoice")
    assert any(c["unique"] and c["columns"] == ["number"] for c in constraints.values())


@pytest.mark.django_db(transaction=True)
def test_migrate_zero_and_back():
    call_command("migrate", "gapless_fields", "zero", verbosity=0)
    try:
        assert "gapless_fields_counter" not in connection.introspection.table_names()
    finally:
        call_command("migrate", "gapless_fields", verbosity=0)
    assert Invoice.objects.create().number == 1


@pytest.mark.django_db
def test_app_that_is_not_installed_is_a_clear_error(monkeypatch):
    monkeypatch.setattr(gate, "installed", False)
    with pytest.raises(ImproperlyConfigured, match="testapp.Invoice.number cannot be numbered"):
        Invoice.objects.create()


def test_a_verbose_name_may_come_first():
    field = GaplessSequenceField("invoice no.", sequence="x")
    assert field.verbose_name == "invoice no."
    options = {"verbose_name": "invoice no.", "sequence": "x", "blank": True}
    assert field.deconstruct()[2:] == ([], options)
    with pytest.raises(TypeError):
        GaplessSequenceField("invoice no.", "number", sequence="x")


def test_a_subclass_whose_deconstruct_drops_what_ours_would():
    """As the copies that other packages make of a field."""

    class Dropping(models.PositiveBigIntegerField):
        def deconstruct(self):
            name, path, args, kwargs = super().deconstruct()
            for option in ("editable", "blank", "unique"):
                kwargs.pop(option, None)
            return name, path, args, kwargs

    class Mixed(GaplessSequenceField, Dropping):
        pass

    assert Mixed(sequence="x").deconstruct()[3] == {"sequence": "x", "blank": True}


@pytest.mark.django_db(transaction=True)
def test_the_first_row_of_a_series_by_a_historical_model_that_is_renamed_later():
    """Nothing asks the project's own models for it: there is no such model any more."""
    state = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("number", GaplessSequenceField(sequence="olds")),
    ]
    state.add_model(ModelState("testapp", "Old", fields))
    old = state.apps.get_model("testapp", "Old")
    with connection.schema_editor() as editor:
        editor.create_model(old)
    try:
        with transaction.atomic():
            assert old.objects.create().number == 1
        assert old.objects.create().number == 2
        assert [row.number for row in old.objects.bulk_create([old(), old()])] == [3, 4]
        row = old.objects.get(number=4)
        row.save()
        old.objects.filter(number=4).update(id=70)
        with pytest.raises(NumberChanged):
            old.objects.update(number=1)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(old)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("missing", ["table", "column"])
def test_a_sequence_that_is_moved_before_the_column_of_its_rows_is_there(missing):
    """As a migration may that takes counters over, before the one that adds the field."""
    field = Legacy._meta.get_field("number")
    with connection.schema_editor() as editor:
        editor.delete_model(Legacy) if missing == "table" else editor.remove_field(Legacy, field)
    try:
        with transaction.atomic():
            assert Sequence("legacy").advance_to(5)
            assert Sequence("legacy").get_next_value() == 6
    finally:
        with connection.schema_editor() as editor:
            if missing == "table":
                editor.create_model(Legacy)
            else:
                editor.add_field(Legacy, field)
    assert Legacy.objects.create().number == 7


def test_a_field_that_is_added_when_the_model_is_in_use():
    with isolate_apps("tests.testapp"):

        class Late(models.Model):
            class Meta:
                app_label = "testapp"

        assert numbered_fields(Late) == ()
        Late.add_to_class("number", GaplessSequenceField(sequence="late"))
        (field,) = numbered_fields(Late)
        assert field.sequence == "late"
