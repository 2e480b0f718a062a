"""The suite's settings, and the apps of the packages."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

POSTGRESQL = "postgresql" in str(DATABASES["default"]["ENGINE"])

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "reversion",
    # No migrations: the tables of the models in the test files are made as they are.
    "tests.packages",
]
if POSTGRESQL:
    INSTALLED_APPS += []
