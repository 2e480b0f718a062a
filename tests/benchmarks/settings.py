"""The settings of the benchmarks: every side's application, on the server of ``DATABASE_URL``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import dj_database_url

SECRET_KEY = "benchmarks"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["models.W036"]  # django-enumeration on MariaDB
INSTALLED_APPS = [
    "gapless_fields",
    "tests.benchmarks",
    "sequences",
    "django_seq",
    "enumeration",
    "formatted_autofield",
]

NAME = "gapless_benchmarks"
DATABASES: dict[str, dict[str, object]] = {}
if url := os.environ.get("DATABASE_URL"):
    DATABASES["default"] = {**dj_database_url.parse(url), "NAME": NAME, "TEST": {"NAME": NAME}}
else:
    path = Path(os.environ.get("BENCHMARKS_FOLDER", tempfile.gettempdir())) / f"{NAME}.sqlite3"
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 60},
        "TEST": {"NAME": path},
    }
if port := os.environ.get("BENCHMARKS_PORT"):  # the proxy's
    DATABASES["default"] |= {"HOST": "127.0.0.1", "PORT": port, "OPTIONS": {}}
