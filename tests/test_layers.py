"""Imports run one way: each room knows those below it, and none above."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gapless_fields

PACKAGE = Path(gapless_fields.__file__).parent

# From the lowest to the highest. A module belongs to the longest name that fits it.
LAYERS = [
    ["exceptions", "conf", "signals", "django_internals"],
    ["series"],
    ["models"],
    ["metrics"],
    ["counters"],
    ["rows"],
    ["protection"],
    ["register"],
    ["writing"],
    ["moving"],
    [
        "checks",
        "checks.messages",
        "checks.declarations",
        "checks.scopes",
        "checks.constraints",
        "checks.chronology",
        "checks.formats",
        "checks.shown",
        "checks.number_texts",
    ],
    ["sequences"],
    ["functions"],
    ["fields", "number_texts"],
    ["audit"],
    ["displays", "operations", "counter_admin", "adoption"],
    ["admin"],
    ["checks.*", "management"],
    ["apps"],
    ["pytest_plugin"],
]
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}
APART = {
    "callsites": {
        *("checks.project", "checks.callsites", "checks.advice"),
        "management.commands.gapless_callsites",
    }
}
"""Rooms that import nothing of the package but what is shared, and who may import them."""
CALLSITES = ["targets", "files", "engine", "rules", "search", "judging", "faces", "__main__"]
"""The rooms of the check of lines, from the lowest to the highest."""
SHARED = {"rowblocks"}
"""Modules below all others. They import nothing of Django."""


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name and parts[0] != "migrations":
            yield pytest.param(name, path, id=name)


def imported(path):
    """The modules of the package that a file names, in functions and for types as well."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                path = PACKAGE.parent / name.replace(".", "/")
                is_module = path.is_dir() or path.with_suffix(".py").exists()
                yield name if is_module else str(node.module)


def level(name):
    if name in SHARED:
        return -1
    if name.startswith("checks.") and name not in LEVELS:
        return LEVELS["checks.*"]
    room = max((n for n in LEVELS if f"{name}.".startswith(f"{n}.")), key=len)
    return LEVELS[room]


@pytest.mark.parametrize(("name", "path"), list(modules()))
def test_a_module_imports_what_is_below_it(name, path):
    for found in imported(path):
        package, _dot, other = found.partition(".")
        if package != "gapless_fields":
            continue
        assert other, "the package itself imports everything"
        if other in SHARED:
            continue
        for room, users in APART.items():
            if other.split(".")[0] == room:
                assert name.split(".")[0] == room or name in users, f"{other} is apart"
                break
            assert name.split(".")[0] != room, f"{room} imports {other}"
        else:
            assert level(other) <= level(name), f"{other} is above"


def test_the_rooms_of_the_check_of_lines():
    above = []
    for path in (PACKAGE / "callsites").rglob("*.py"):
        room = path.relative_to(PACKAGE / "callsites").with_suffix("").parts[0]
        for found in imported(path) if room != "__init__" else ():
            _package, _dot, other = found.partition("gapless_fields.callsites.")
            other = other.split(".")[0]
            if other in CALLSITES and CALLSITES.index(other) > CALLSITES.index(room):
                above.append(f"{path.name} imports {found}")
    assert above == []


def test_no_file_is_long():
    lines = {
        str(path.relative_to(PACKAGE)): len(path.read_text().splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    long = {name: count for name, count in lines.items() if count > 250}
    assert long == {}
