"""What type checkers know of a field: the number of a row is an int, or an int or None."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gapless_fields import GaplessSequenceField

ROOT = Path(__file__).parent.parent

MODELS = """
from django.db import models
from django.utils.translation import gettext_lazy as _
from gapless_fields import GaplessSequenceField

class Invoice(models.Model):
    number = GaplessSequenceField(sequence="invoices")
    draft = GaplessSequenceField(_("no."), sequence="drafts", scope=["number"], null=True)
    second = GaplessSequenceField(sequence="second", null=False, unique=False, db_index=True)

    class Meta:
        abstract = True

class Bill(Invoice):
    pass

class OwnField(GaplessSequenceField[int | str | None, int | None]):
    pass

class Receipt(models.Model):
    number = OwnField(sequence="receipts", null=True)
"""

USES = """
from gapless_fields import GaplessSequenceField
from shop.models import Bill, Receipt

bill, receipt = Bill(number=None), Receipt()
reveal_type(bill.number)  # int
reveal_type(bill.draft)  # int | None
reveal_type(bill.second)  # int
reveal_type(receipt.number)  # int | None
bill.draft = None
fields: list[GaplessSequenceField] = [GaplessSequenceField(sequence="a", null=True)]
reveal_type(fields[0].sequence_for(bill))  # Sequence
"""

WRONG = """
bill.number = b""
GaplessSequenceField()
GaplessSequenceField(sequence="a", reset_value="b")
"""

EXPECTED = {
    number: line.split("# ")[1]
    for number, line in enumerate(USES.splitlines(), 1)
    if line.startswith("reveal_type")
}
ERRORS = {len(USES.splitlines()) + number for number in (2, 3, 4)}

SETTINGS = "SECRET_KEY = 'shop'\nINSTALLED_APPS = ['gapless_fields', 'shop']\n"


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "settings.py").write_text(SETTINGS)
    (folder / "models.py").write_text(MODELS)
    (folder / "uses.py").write_text(USES + WRONG)
    (tmp_path / "mypy.ini").write_text(
        textwrap.dedent(
            """
            [mypy]
            strict = True
            plugins = mypy_django_plugin.main
            [mypy.plugins.django-stubs]
            django_settings_module = shop.settings
            """
        )
    )
    return tmp_path


def run(module, folder, *arguments):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed: it is in the group lint")
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_mypy_with_the_plugin_of_django_stubs(shop):
    result = run("mypy", shop, "shop/uses.py")
    found = re.findall(r'uses\.py:(\d+): note: Revealed type is "(.*)"', result.stdout)
    types = {int(line): kind.rpartition("builtins.")[2] for line, kind in found}
    assert {line: kind.rpartition(".")[2] for line, kind in types.items()} == EXPECTED
    errors = re.findall(r"uses\.py:(\d+): error: ", result.stdout)
    assert set(map(int, errors)) == ERRORS, result.stdout


def test_pyright(shop):
    if shutil.which("node") is None:
        pytest.skip("pyright needs node")
    result = run("pyright", shop, "--outputjson", "--pythonpath", sys.executable, "shop/uses.py")
    if not result.stdout:
        pytest.skip(f"pyright cannot run: {result.stderr[-200:]}")
    found = {"information": {}, "error": {}}
    for entry in json.loads(result.stdout)["generalDiagnostics"]:
        line = entry["range"]["start"]["line"] + 1
        found[entry["severity"]][line] = entry["message"].rpartition(" is ")[2].strip('"')
    assert found["information"] == EXPECTED
    assert set(found["error"]) == ERRORS


def test_the_class_of_an_own_field_is_that_of_any_field():
    assert GaplessSequenceField[int, int] is GaplessSequenceField
