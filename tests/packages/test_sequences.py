"""django-sequences and django-seq: their sequences go on here, also while their users run."""

from __future__ import annotations

import io
from importlib.metadata import version

import pytest
import sequences
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState
from sequences.models import Sequence as DjangoSequence

from gapless_fields import GaplessSequenceField, ImportSequences, get_next_value
from gapless_fields.moving.sources import SOURCES
from tests.actors import Actor

if "django_seq" not in settings.INSTALLED_APPS:
    pytest.skip("MySQL cannot index the key of django-seq's table", allow_module_level=True)

from django_seq.models import Sequence as DjangoSeq

pytestmark = pytest.mark.django_db(transaction=True)


class Moved(models.Model):
    team = models.IntegerField(default=7)
    number = GaplessSequenceField(sequence="moved", scope="team")

    class Meta:
        app_label = "packages"


def django_sequences(name, **options):
    return sequences.get_next_value(name, **options)


def django_seq(name):
    return DjangoSeq.get_next_value(name)


PACKAGES = [("sequences", DjangoSequence, django_sequences), ("django_seq", DjangoSeq, django_seq)]
MAPPING = {"moved-{team}": "packages.Moved.number"}


@pytest.fixture(autouse=True)
def open_again():
    """Rename the tables that a test has closed, so that they can be emptied."""
    yield
    names = connection.introspection.table_names()
    for source in SOURCES.values():
        if source.closed_table in names:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {source.closed_table} RENAME TO {source.table}")


def numbers(take, count, name="moved-7"):
    with transaction.atomic():
        return [take(name) for _ in range(count)]


def save():
    with transaction.atomic():
        return Moved.objects.create().number


def deploy(source):
    """The migration of the new release."""
    state = ProjectState.from_apps(Moved._meta.apps)
    migration = Migration("0009_import", "packages")
    migration.operations = [ImportSequences(source, MAPPING, close=True)]
    with connection.schema_editor(atomic=migration.atomic) as editor:
        migration.apply(state, editor)


def test_the_tables_are_those_of_these_packages():
    assert version("django-sequences") >= "3"
    for source, model, _take in PACKAGES:
        table, name, last, _first = SOURCES[source]
        assert model._meta.db_table == table
        assert isinstance(model._meta.get_field(last), models.PositiveBigIntegerField)
        assert model._meta.get_field(name).unique


@pytest.mark.parametrize(("source", "model", "take"), PACKAGES)
def test_command(source, model, take):
    assert numbers(take, 3) == [1, 2, 3]
    assert numbers(take, 2, "cases") == [1, 2]
    output = io.StringIO()
    text = "moved-{team}=packages.Moved.number"
    call_command("import_sequences", f"--from={source}", f"--map={text}", stdout=output)
    assert output.getvalue().splitlines() == [
        "cases at 2 -> cases: moved from unused to 2",
        "moved-7 at 3 -> moved: team 7: 0 rows, 0 missing, 0 double; moved from unused to 3",
    ]
    assert save() == 4
    with transaction.atomic():
        assert get_next_value("cases") == 3


def test_sequences_that_start_at_zero():
    with transaction.atomic():
        assert sequences.get_next_value("zero", initial_value=0) == 0
    call_command("import_sequences", "--from=sequences", verbosity=0)
    with transaction.atomic():
        assert get_next_value("zero", initial_value=0) == 1
    # django-seq can be told that nothing was given yet.
    with transaction.atomic():
        DjangoSeq.set_current_value("none", 0)
    call_command("import_sequences", "--from=django_seq", verbosity=0)
    with transaction.atomic():
        assert get_next_value("none") == numbers(django_seq, 1, "none")[0] == 1


@pytest.mark.parametrize(("source", "model", "take"), PACKAGES)
@pytest.mark.parametrize("before", [0, 3])
def test_a_rolling_deploy(source, model, take, before, rows_have_locks):
    """A process of the old release is in the middle of a transaction, and another one comes late.

    Also where the first of them uses the sequence for the first time.
    """
    old, new, late = Actor(), Actor(), Actor()
    try:
        numbers(take, before)
        old.begin()
        assert old.do(take, "moved-7") == before + 1
        migrating = new.waits(deploy, source)
        with pytest.raises(TimeoutError):  # on a busy machine it may not have come to the lock yet
            migrating.result(2)
        behind = late.waits(numbers, take, 1)
        old.commit()
        migrating.result(30)
        with pytest.raises(DatabaseError, match=SOURCES[source].table):
            behind.result(30)
        with pytest.raises(DatabaseError, match=SOURCES[source].table):
            late.do(numbers, take, 1)
        assert new.do(save) == before + 2
    finally:
        for actor in (old, new, late):
            actor.close()


def test_other_ways_to_take_a_number_are_waited_for(rows_have_locks):
    """With nowait or reset_value, django-sequences reads a row under a lock, and then writes it."""
    for options in ({"nowait": True}, {"reset_value": 100}):
        old, new = Actor(), Actor()
        try:
            old.begin()
            number = old.do(django_sequences, "moved-7", **options)
            importing = new.waits(
                call_command,
                "import_sequences",
                "--from=sequences",
                "--map=moved-{team}=packages.Moved.number",
                verbosity=0,
            )
            old.commit()
            importing.result(30)
            assert new.do(save) == number + 1
        finally:
            old.close()
            new.close()


def test_a_deploy_is_finished_by_a_second_run():
    """MariaDB and MySQL commit a renamed table; if the import fails, it goes on from there."""
    numbers(django_sequences, 3)
    numbers(django_sequences, 1, "é" * 100)
    with pytest.raises(ValueError, match="too long"):
        deploy("sequences")
    table = SOURCES["sequences"].table
    if table not in connection.introspection.table_names():
        table = SOURCES["sequences"].closed_table
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE name LIKE 'é%'")
    deploy("sequences")
    deploy("sequences")
    assert save() == 4
