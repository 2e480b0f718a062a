"""The suite's settings, and the apps of the packages."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [
    "modeltranslation",  # before the admin
    *INSTALLED_APPS,
    "auditlog",
    "import_export",
    "mptt",
    "parler",
    "polymorphic",
    "reversion",
    "safedelete",
    "sequences",
    "softdelete",
    "tests.packages",
]
if os.environ.get("DATABASE_URL", "") != os.environ.get("MYSQL_URL"):
    # The key of its table is a text without a length, which MySQL does not index; MariaDB does.
    INSTALLED_APPS += ["django_seq"]
if "postgresql" in str(DATABASES["default"]["ENGINE"]):
    INSTALLED_APPS += ["pghistory", "pgtrigger"]

MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_LANGUAGES = ("en", "de")

# parler's cache outlives the rows of a test, whose keys come again.
PARLER_ENABLE_CACHING = False

# The models of the test files have no migrations, and polymorphic's refer to content types. Tables
# with keys to those of a migrated app cannot be made before its migrations, so these have none.
MIGRATION_MODULES = dict.fromkeys(
    ["admin", "auditlog", "auth", "contenttypes", "reversion", "softdelete"]
)
