"""Projects that are numbered already move in by ``migrate`` alone."""

from __future__ import annotations

import datetime

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection, migrations, models, transaction
from django.db.migrations.questioner import InteractiveMigrationQuestioner as Interactive
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner as NonInteractive
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

from gapless_fields import AssignNumbers, GaplessSequenceField, NumberTextField, SyncSequences
from gapless_fields.models import Counter
from tests.textapp.models import Draft, Firm

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 5, 17)
FISCAL = datetime.date(2026, 7, 1)


@pytest.fixture
def firm():
    return Firm.objects.create()


class Migrated:
    """A project whose migrations are run one by one."""

    def __init__(self):
        self.state = ProjectState.from_apps(apps)

    def run(self, *operations):
        for operation in operations:
            before, self.state = self.state, self.state.clone()
            operation.state_forwards("textapp", self.state)
            with connection.schema_editor(atomic=connection.features.can_rollback_ddl) as editor:
                operation.database_forwards("textapp", editor, before, self.state)
            self.last = operation, before

    def model(self, name):
        return self.state.apps.get_model("textapp", name)


def moved_mask(row):
    return row.company.mask


@pytest.fixture
def project():
    migrated = Migrated()
    yield migrated
    model = migrated.model("Moved")
    with connection.schema_editor() as editor:
        editor.delete_model(model)


OLD = [
    ("id", models.BigAutoField(primary_key=True)),
    ("company", models.ForeignKey("textapp.Firm", models.CASCADE)),
    ("day", models.DateField()),
    ("number", models.IntegerField(null=True)),
    ("reference", models.CharField(max_length=40, null=True)),
]


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        (moved_mask, "M/4"),  # a text from a settings row
        ("INV-{day:%Y}-{number:05d}", "INV-2026-00004"),  # a template
        ("{company.prefix}{number}", "A4"),  # a prefix for each entity
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_project_moves_in(project, format_, expected):
    firm = Firm.objects.create(mask="M/{number}")
    project.run(migrations.CreateModel("Moved", OLD))
    old = project.model("Moved")
    for number in (1, 2, None, 3):
        text = number and f"OLD-{number}"
        old.objects.create(company_id=firm.pk, day=DAY, number=number, reference=text)
    number = GaplessSequenceField(sequence="moved texts", scope=["company"], null=True)
    unique = isinstance(format_, str) and "company" in format_
    text = NumberTextField(format=format_, max_length=40, null=True, unique=unique)
    project.run(
        migrations.AlterField("Moved", "number", number),
        SyncSequences("Moved"),
        migrations.AlterField("Moved", "reference", text),
        AssignNumbers("Moved"),
    )
    rows = project.model("Moved").objects.order_by("pk")
    assert [row.number for row in rows] == [1, 2, 4, 3]
    assert [row.reference for row in rows] == ["OLD-1", "OLD-2", expected, "OLD-3"]
    with transaction.atomic():
        new = project.model("Moved").objects.create(company_id=firm.pk, day=DAY)
    assert (new.number, new.reference) == (5, expected.replace("4", "5"))
    project.run(SyncSequences("Moved", "number"), AssignNumbers("Moved"))
    assert Counter.objects.get(name="moved texts").last == 5


def test_operations():
    operation = SyncSequences("Draft")
    assert operation.deconstruct() == ("SyncSequences", [], {"model_name": "Draft"})
    assert SyncSequences("a", "b").deconstruct()[2] == {"model_name": "a", "field_name": "b"}
    assert operation.describe() == "Move the counters of Draft to its numbers"
    assert operation.migration_name_fragment == "sync_draft"
    state = ProjectState.from_apps(apps)
    editor = connection.schema_editor()
    operation.state_forwards("textapp", state)
    operation.database_forwards("textapp", editor, state, state)
    operation.database_backwards("textapp", editor, state, state)
    assert not Counter.objects.exists()


def test_sync_of_fiscal_years(firm):
    for day in (DAY, DAY, FISCAL):
        Draft.objects.create(company=firm, day=day)
    last = dict(Counter.objects.values_list("key", "last"))
    Counter.objects.all().delete()
    state = ProjectState.from_apps(apps)
    SyncSequences("Draft").database_forwards("textapp", connection.schema_editor(), state, state)
    assert dict(Counter.objects.values_list("key", "last")) == last != {}


class NotHere:
    def allow_migrate(self, db, app_label, **hints):
        return False


def test_sync_asks_the_routers(settings, firm):
    Draft.objects.create(company=firm, day=DAY)
    Counter.objects.all().delete()
    settings.DATABASE_ROUTERS = [NotHere()]
    state = ProjectState.from_apps(apps)
    SyncSequences("Draft").database_forwards("textapp", connection.schema_editor(), state, state)
    assert not Counter.objects.exists()


@pytest.mark.parametrize("questioner", [Interactive, NonInteractive])
@pytest.mark.parametrize("name", ["number", "reference"])
def test_makemigrations_asks_for_no_default(questioner, name):
    with pytest.raises(CommandError, match=rf"app\.Bill\.{name} .*null=True.*AssignNumbers"):
        questioner().ask_not_null_addition(name, "bill")
    assert questioner().ask_not_null_alteration(name, "bill") is NOT_PROVIDED


def test_other_questions_are_asked():
    assert Interactive(dry_run=True).ask_not_null_addition("note", "bill") is None
    with pytest.raises(SystemExit):
        NonInteractive(verbosity=0, log=lambda _text: None).ask_not_null_addition("note", "bill")
