"""Projects in processes of their own: packages that patch Django, or that need another ENGINE."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

NAME = "test_gapless_project"
SETTINGS = """
SECRET_KEY = "tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {database!r}}}
"""
SCRIPT = """
import warnings
import django
django.setup()
from django.core.management import call_command
from gapless_fields import GaplessOutsideAtomicWarning
warnings.simplefilter("error", GaplessOutsideAtomicWarning)
"""

# The models of an app "shop".
SHOP = """
from django.db import models
from gapless_fields import GaplessSequenceField

class Invoice(models.Model):
    number = GaplessSequenceField(sequence="invoices")
"""


@contextmanager
def project(folder: Path, settings: str, **apps: str) -> Iterator[Callable[[str], list[str]]]:
    """A function that runs a script in a project of its own, and answers with what it prints.

    The project's database is beside the suite's; ``apps`` are the ``models.py`` of its apps.
    """
    database = {key: connection.settings_dict[key] for key in ("ENGINE", "OPTIONS")}
    if connection.vendor == "sqlite":
        database["NAME"] = str(folder / "project.sqlite3")
    else:
        login = ("USER", "PASSWORD", "HOST", "PORT")
        database |= {key: connection.settings_dict[key] for key in login} | {"NAME": NAME}
    (folder / "settings.py").write_text(SETTINGS.format(database=database) + settings)
    for app, models in apps.items():
        (folder / app).mkdir()
        (folder / app / "models.py").write_text(models)
        (folder / app / "__init__.py").touch()

    def run(script: str) -> list[str]:
        result = subprocess.run(
            [sys.executable, "-c", SCRIPT + script],
            cwd=folder,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout.splitlines()

    _execute(f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME}")
    try:
        yield run
    finally:
        _execute(f"DROP DATABASE {NAME}")


def _execute(*statements: str) -> None:
    if connection.vendor != "sqlite":
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
