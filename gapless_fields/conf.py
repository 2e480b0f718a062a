"""The settings in ``GAPLESS_FIELDS``, read each time that one is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections


def counter_admin() -> bool:
    """Return ``ADMIN``: whether the default admin site shows the counters (True by default)."""
    value = _settings().get("ADMIN", True)
    return value if isinstance(value, bool) else True


def atomic_wrappers() -> frozenset[str]:
    """Return ``ATOMIC_WRAPPERS``: names of the project's wrappers that open ``atomic()``.

    They are context managers and decorators that open ``transaction.atomic()`` where the check
    cannot see it, such as ``"shop.db.retrying"``. The setting is a list of strings, empty by
    default. A name is a dotted path, or only its last part.
    """
    return frozenset(_names("ATOMIC_WRAPPERS"))


def check_paths() -> list[Path]:
    """Return ``CHECK_PATHS``: more directories and files for the check to read.

    The setting is a list of strings or paths, empty by default. Relative paths start at the working
    directory.
    """
    return [Path(path) for path in _names("CHECK_PATHS")]


def check_callsites() -> bool:
    """Return ``CHECK_CALLSITES``: whether ``manage.py check`` reads the code (True by default)."""
    value = _settings().get("CHECK_CALLSITES", True)
    return value if isinstance(value, bool) else True


def early_lock_release(alias: str) -> bool:
    """``EARLY_LOCK_RELEASE``: whether COMMIT releases counters before the disk has it (PostgreSQL).

    True for every database, or a list of aliases. False by default.
    """
    value = _settings().get("EARLY_LOCK_RELEASE", False)
    if isinstance(value, bool):
        return value
    return alias in value if _VALID["EARLY_LOCK_RELEASE"](value) else False


def problems() -> Iterator[str]:
    """Yield a sentence per problem of the settings. Until it is fixed, the default applies."""
    value = getattr(settings, "GAPLESS_FIELDS", {})
    if not isinstance(value, Mapping):
        yield f"GAPLESS_FIELDS is not a dictionary: {value!r}."
        return
    for name, entry in value.items():
        if name not in _VALID:
            yield f"GAPLESS_FIELDS has no setting {name!r}."
        elif not _VALID[name](entry):
            yield f"GAPLESS_FIELDS[{name!r}] is not {_EXPECTED[name]}: {entry!r}."
    value = _settings().get("EARLY_LOCK_RELEASE", False)
    for alias in value if _is_list_of(str)(value) else ():
        if alias not in connections:
            yield f"GAPLESS_FIELDS['EARLY_LOCK_RELEASE'] names {alias!r}, which is no database."
    for path in check_paths():
        if not path.exists():
            yield f"GAPLESS_FIELDS['CHECK_PATHS'] names {path}, which does not exist."


def _settings() -> Mapping[str, Any]:
    value = getattr(settings, "GAPLESS_FIELDS", {})
    return value if isinstance(value, Mapping) else {}


def _names(name: str) -> list[str]:
    value = _settings().get(name, ())
    return [os.fspath(entry) for entry in value] if _VALID[name](value) else []


def _is_list_of(*types: type) -> Any:
    return lambda value: (
        isinstance(value, list | tuple | set | frozenset)
        and all(isinstance(entry, types) for entry in value)
    )


_VALID = {
    "ADMIN": lambda value: isinstance(value, bool),
    "ATOMIC_WRAPPERS": _is_list_of(str),
    "CHECK_CALLSITES": lambda value: isinstance(value, bool),
    "CHECK_PATHS": _is_list_of(str, os.PathLike),
    "EARLY_LOCK_RELEASE": lambda value: isinstance(value, bool) or _is_list_of(str)(value),
}
_EXPECTED = {
    "ADMIN": "True or False",
    "ATOMIC_WRAPPERS": "a list of names",
    "CHECK_CALLSITES": "True or False",
    "CHECK_PATHS": "a list of paths",
    "EARLY_LOCK_RELEASE": "True, False or a list of aliases of databases",
}

SETTINGS = tuple(sorted(_VALID))
"""The names of all settings."""
