"""E008 to E014, E016 and W001: one test for each id, both directions."""

from __future__ import annotations

import pytest
from django.core.checks import ERROR, run_checks
from django.db import connection, models
from django.db.models.functions import ExtractYear, Lower
from django.test.utils import isolate_apps
from django.utils import timezone

from gapless_fields import FiscalYear, GaplessSequenceField, ScopePart
from tests.testapp.models import Company, CreditNote


class Nothing(ScopePart):
    pass


def declare(constraints=(), **options):
    class Parent(models.Model):
        inherited = models.CharField(max_length=5)

        class Meta:
            app_label = "testapp"

    class Numbered(Parent):
        company = models.ForeignKey(Company, models.PROTECT)
        day = models.DateField(default=timezone.localdate, null=True)
        moment = models.DateTimeField(null=True)
        text = models.CharField(max_length=5)
        year = models.IntegerField()
        ok = models.BooleanField(default=False)
        added = models.DateTimeField(auto_now_add=True)
        changed = models.DateTimeField(auto_now=True)
        preset = models.IntegerField(db_default=1)
        half = models.GeneratedField(
            expression=models.F("year") / 2,
            output_field=models.IntegerField(),
            db_persist=True,
        )
        data = models.JSONField(default=dict)
        ratio = models.FloatField(default=0)
        tags = models.ManyToManyField(Company, related_name="+")
        number = GaplessSequenceField(sequence="x", **options)

        class Meta:
            app_label = "testapp"

    Numbered._meta.constraints = list(constraints)
    return Numbered


def messages(constraints=(), **options):
    with isolate_apps("tests.testapp"):
        field = declare(constraints, **options)._meta.get_field("number")
        return [m for m in field.check() if m.id.startswith("gapless_fields")]


def ids(constraints=(), **options):
    return [message.id[-4:] for message in messages(constraints, **options)]


IN_YEAR = [models.UniqueConstraint("company", ExtractYear("day"), "number", name="n")]


@pytest.mark.parametrize(
    ("scope", "constraint"),
    [
        ([], []),
        (["company", "day__year"], IN_YEAR),
        ("company", [models.UniqueConstraint(fields=["company", "number"], name="n")]),
        (["company"], [models.UniqueConstraint("number", "company", name="n")]),
        (
            ["company", "day__year"],
            [models.UniqueConstraint(fields=["company", "year", "number"], name="n")],
        ),
        (
            [FiscalYear("day", start_month="year"), "text"],
            [models.UniqueConstraint("text", ExtractYear("day"), "number", name="n")],
        ),
        (
            ["moment__date", "ok"],
            [models.UniqueConstraint("ok", ExtractYear("moment"), "number", name="n")],
        ),
    ],
)
def test_noop(scope, constraint):
    assert ids(constraint, scope=scope) == []


@pytest.mark.parametrize(
    "scope",
    [
        *(["nothing"], [""], [7], [None], ["tags"], ["company__name"], [Nothing()], ["data"]),
        *([FiscalYear("nothing", start_month=1)], ["inherited"], ["day", "nothing__year"]),
        ["ratio"],
    ],
)
def test_e008_not_a_column(scope):
    expected = "E009" if scope == ["company__name"] else "E008"
    (message,) = messages(scope=scope)
    assert message.id == f"gapless_fields.{expected}"
    assert message.hint


@pytest.mark.parametrize(
    "part", ["text__year", "day__hour", "day__date", "moment__time", "day__year__gt", "ok__month"]
)
def test_e009_no_such_part(part):
    assert ids(scope=[part]) == ["E009"]


def test_e009_across_a_relation():
    (message,) = messages(scope=["company__owner__name"])
    assert message.id == "gapless_fields.E009"
    assert "cannot cross the relation 'company'" in message.msg
    assert "a column to testapp.Numbered that is set from company.owner.name" in message.hint


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        (["day__month"], '"day__year"'),
        (["day__quarter", "moment__year"], '"day__year"'),
        (["day__week", "day__year"], '"day__iso_year"'),
        (["day__day", "day__month"], '"day__year"'),
        (["day__day"], '"day__month", "day__year"'),
    ],
)
def test_e010_parts_that_repeat(scope, missing):
    found = messages(scope=scope)
    repeating = [message for message in found if message.id == "gapless_fields.E010"]
    assert missing in repeating[0].hint


@pytest.mark.parametrize(
    "scope",
    [
        ["day__month", "day__year"],
        ["day__week", "day__iso_year"],
        ["moment__day", "moment__date"],
        ["day__month", FiscalYear("day", start_month=4)],
        ["day__month", "day"],
    ],
)
def test_e010_silent_twins(scope):
    assert "E010" not in ids(scope=scope)


@pytest.mark.parametrize("name", ["added", "changed", "preset", "half"])
def test_e011_not_known_before_the_insert(name):
    assert ids(scope=[name]) == ["E011"]
    assert ids(when=name, null=True) == ["E011"]
    assert ids(scope=[FiscalYear(name, start_month=1)]) == ["E011"]


def test_e012_when_needs_null():
    assert ids(when="ok") == ["E012"]
    assert ids(when="ok", null=True) == []


@pytest.mark.parametrize(
    "when",
    [
        "nothing",
        "tags",
        7,
        models.Q(text__startswith="a"),
        models.Q(company__name="a"),
        models.Q(year=models.F("preset")),
        models.Q(ok=True) ^ models.Q(text="a"),
        models.Q(Lower("text")),
        models.Q(text__in=["a", None]),
        models.Q(nothing=1),
    ],
)
def test_e013_not_a_condition(when):
    assert ids(when=when, null=True) == ["E013"]


@pytest.mark.parametrize(
    "when",
    [
        "day",
        "ok",
        "company",
        "ratio",
        models.Q(company=3),
        models.Q(text__in=["a", "b"]) & ~models.Q(day=None) | models.Q(ok=True),
        models.Q(),
    ],
)
def test_e013_silent_twins(when):
    assert ids(when=when, null=True) == []


def test_e014_unique_by_itself():
    assert ids(scope=["company"], unique=True) == ["E014"]


class OfCompany(ScopePart):
    columns = ("text", "company")


def relation_messages(on_delete, kind=models.ForeignKey, scope=("company",), **options):
    with isolate_apps("tests.testapp"):

        class Related(models.Model):
            company = kind(Company, on_delete, null=True, default=None)
            text = models.CharField(max_length=5)
            number = GaplessSequenceField(sequence="x", scope=scope, **options)

            class Meta:
                app_label = "testapp"
                constraints = [
                    models.UniqueConstraint(fields=["company", "text", "number"], name="n")
                ]

        field = Related._meta.get_field("number")
        return [m for m in field.check() if m.id.startswith("gapless_fields")]


CHANGING = [(models.SET_NULL, "SET_NULL"), (models.SET_DEFAULT, "SET_DEFAULT")]
CHANGING += [(models.SET(1), "SET(…)"), (models.SET(lambda: 1), "SET(…)")]
if hasattr(models, "DB_SET_NULL"):  # Django 6.1
    CHANGING += [(models.DB_SET_NULL, "DB_SET_NULL"), (models.DB_SET_DEFAULT, "DB_SET_DEFAULT")]


@pytest.mark.parametrize(("on_delete", "name"), CHANGING)
@pytest.mark.parametrize("scope", [["company"], ["text", "company"], [OfCompany()]])
def test_e016_deletions_that_change_the_series(on_delete, name, scope):
    for kind in (models.ForeignKey, models.OneToOneField):
        (message,) = relation_messages(on_delete, kind, scope)
        assert message.id == "gapless_fields.E016"
        assert message.level == ERROR
        assert message.obj.model.__name__ == "Related"
        assert f"'company', a relation with on_delete={name}:" in message.msg
        assert "on_delete=PROTECT on testapp.Related.company" in message.hint


def own_on_delete(collector, field, sub_objs, using):
    pass


KEEPING = [models.PROTECT, models.RESTRICT, models.CASCADE, models.DO_NOTHING, own_on_delete]
if hasattr(models, "DB_CASCADE"):
    KEEPING.append(models.DB_CASCADE)


@pytest.mark.parametrize("on_delete", KEEPING)
def test_e016_silent_twins(on_delete):
    assert relation_messages(on_delete) == []


def test_e016_silent_outside_the_scope():
    assert relation_messages(models.SET_NULL, scope=["text"], when="company", null=True) == []


@pytest.mark.parametrize(
    "constraint",
    [
        [],
        [models.UniqueConstraint(fields=["text", "number"], name="n")],
        [models.UniqueConstraint("company", ExtractYear("day"), name="n")],
        [models.UniqueConstraint("company", "number", name="n")],
    ],
)
def test_w001_no_unique_constraint(constraint):
    (message,) = messages(constraint, scope=["company", "day__year"])
    assert message.id == "gapless_fields.W001"
    assert 'UniqueConstraint("company", ExtractYear("day"), "number", name="numb' in message.hint
    assert ("MariaDB" in message.hint) == (connection.vendor == "mysql")


def test_w001_spells_the_constraint_out():
    for scope, text in [
        (["company"], 'UniqueConstraint(fields=["company", "number"], name="numbered_number_'),
        (["moment__date"], 'UniqueConstraint(TruncDate("moment"), "number", name='),
        (["day__iso_year", "day__week"], 'ExtractIsoYear("day"), ExtractWeek("day"), "number"'),
    ]:
        (message,) = messages(scope=scope)
        assert text in message.hint
    assert ids(scope=["company"], reset_value=100) == []  # a loop gives numbers again


def test_e006_shared_with_another_scope():
    field = CreditNote._meta.get_field("number")
    assert not [m for m in field.check() if m.id == "gapless_fields.E006"]
    before, field.scope = field.scope, ("company",)
    try:
        (message,) = [m for m in field.check() if m.id == "gapless_fields.E006"]
    finally:
        field.scope = before
    assert "testapp.Bill.number" in message.msg


def test_the_test_models_are_as_expected():
    found = [m for m in run_checks() if m.id.startswith("gapless_fields.") and "W2" not in m.id]
    without = {"Bill", "Booking", "Contract", "CreditNote", "Filed", "Harvest", "Slip", "Stub"}
    without |= {"Ride", "Tariff"}
    without |= {"Hand", "Draft", "Masked", "Started", "StartedInOrder"}
    without |= {"Left", "Right", "Dated", "Vault", "Chest"}
    assert {m.id for m in found} == {"gapless_fields.W001", "gapless_fields.I101"}
    assert {m.obj.model.__name__ for m in found if "W001" in m.id} == without
