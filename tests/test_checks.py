"""One test for each id of a declaration's check, and the declarations that none may report."""

from __future__ import annotations

import pytest
from django.core.checks import Error, run_checks
from django.db import models
from django.test.utils import isolate_apps, override_settings

from gapless_fields import GaplessSequenceField
from tests.testapp import models as testapp


def check(**options):
    with isolate_apps("tests.testapp"):

        class Model(models.Model):
            number = GaplessSequenceField(**options)

            class Meta:
                app_label = "testapp"

        field = Model._meta.get_field("number")
        messages = [m for m in field.check() if m.id.startswith("gapless_fields.")]
        assert all(m.obj is field and m.hint and "\n" not in m.hint for m in messages)
        return messages


def ids(**options):
    return [message.id for message in check(**options)]


@pytest.mark.parametrize(
    "options",
    [
        {"sequence": "x"},
        {"sequence": "%(app_label)s.%(class)s"},
        {"sequence": "100%"},
        {"sequence": "x", "initial_value": 0},
        {"sequence": "x", "initial_value": 2**63 - 1},
        {"sequence": "x", "reset_value": 2},
        {"sequence": "x", "null": True, "verbose_name": "n", "db_column": "c"},
    ],
)
def test_noop(options):
    assert check(**options) == []


def test_test_models_are_clean():
    assert [message for message in run_checks() if isinstance(message, Error)] == []


@pytest.mark.parametrize("sequence", [None, 1, "", "a\0", "n" * 256, "%(model)s"])
def test_e001_sequence(sequence):
    assert ids(sequence=sequence) == ["gapless_fields.E001"]


@pytest.mark.parametrize("initial_value", [None, "1", 1.5, True, -1, 2**63])
def test_e002_initial_value(initial_value):
    assert ids(sequence="x", initial_value=initial_value) == ["gapless_fields.E002"]


@pytest.mark.parametrize("reset_value", ["9", 1.5, True, -1, 0, 1, 2**63])
def test_e003_reset_value(reset_value):
    assert ids(sequence="x", reset_value=reset_value) == ["gapless_fields.E003"]


def test_e004_primary_key():
    (message,) = check(sequence="x", primary_key=True)
    assert message.id == "gapless_fields.E004"
    assert "not an identity" in message.msg


def test_e005_app_not_installed(settings):
    apps = [app for app in settings.INSTALLED_APPS if app != "gapless_fields"]
    with override_settings(INSTALLED_APPS=apps):
        assert ids(sequence="x") == ["gapless_fields.E005"]


def test_e006_shared_with_other_settings():
    field = testapp.Refund._meta.get_field("number")
    assert field.check() == []
    field.initial_value = 5
    try:
        (message,) = field.check()
    finally:
        field.initial_value = 1
    assert message.id == "gapless_fields.E006"
    assert "testapp.Receipt.number" in message.msg


@pytest.mark.parametrize("options", [{"default": 1}, {"db_default": 1}])
def test_e007_default(options):
    assert ids(sequence="x", **options) == ["gapless_fields.E007"]


@pytest.mark.parametrize("options", [{"editable": True}, {"blank": False}])
def test_options_that_are_forced(options):
    with pytest.raises(ValueError, match="GaplessSequenceField"):
        GaplessSequenceField(sequence="x", **options)


def test_arguments_are_keywords_and_the_sequence_is_required():
    with pytest.raises(TypeError):
        GaplessSequenceField("x")
    with pytest.raises(TypeError):
        GaplessSequenceField()
