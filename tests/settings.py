"""The settings of the test suite; ``DATABASE_URL`` names the server (an SQLite file without it)."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import dj_database_url

SECRET_KEY = "tests"
USE_TZ = True
# MariaDB and MySQL, as they are installed, know no other time zone.
TIME_ZONE = "UTC" if os.environ.get("DATABASE_URL", "").startswith("mysql") else "Europe/Berlin"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "rest_framework",
    "simple_history",
    "gapless_fields",
    "tests.testapp",
    "tests.auditapp",
    "tests.textapp",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# EARLY_LOCK_RELEASE=1 runs the suite with the setting.
GAPLESS_FIELDS = {"EARLY_LOCK_RELEASE": "EARLY_LOCK_RELEASE" in os.environ}
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Files, so that threads and processes can open the same database.
if "GAPLESS_TEST_FOLDER" in os.environ:
    SQLITE_FOLDER = Path(os.environ["GAPLESS_TEST_FOLDER"])
else:
    SQLITE_FOLDER = Path(tempfile.mkdtemp(prefix="gapless-"))
    atexit.register(shutil.rmtree, SQLITE_FOLDER, ignore_errors=True)


def _database(alias: str) -> dict[str, object]:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        path = SQLITE_FOLDER / f"{alias}.sqlite3"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 60},
            "TEST": {"NAME": path},
        }
    database: dict[str, object] = dict(dj_database_url.parse(url))
    # Worker processes are told to use the databases that the suite has created.
    prefix = "test_" if "GAPLESS_TEST_FOLDER" in os.environ else ""
    database["NAME"] = f"{prefix}gapless_{alias}"
    database["TEST"] = {"NAME": f"test_gapless_{alias}"}
    return database


DATABASES = {"default": _database("default"), "other": _database("other")}
