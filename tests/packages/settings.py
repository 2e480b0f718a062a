"""The suite's settings, and the apps of the packages."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [
    "modeltranslation",  # before the admin
    *INSTALLED_APPS,
    "auditlog",
    "django_seq",
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
