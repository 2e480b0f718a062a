"""What those who change the package rely on: the commands, and what runs where."""

from __future__ import annotations

import re
import tomllib
from configparser import ConfigParser
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests import __main__ as runner

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_make_help_shows_every_target():
    targets = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)
    shown = re.findall(r'@echo "make (\w+) ', MAKEFILE)
    phony = re.search(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)
    assert sorted(shown) == sorted(targets) == sorted(phony[1].split())


def test_the_workflow_runs_every_python_of_the_matrix():
    tox = ConfigParser()
    tox.read(ROOT / "tox.ini")
    pythons = set(re.findall(r"py(?:3\d+|\{[\d,]+\})", tox["tox"]["env_list"]))
    factors = {f"py{version}" for text in pythons for version in re.findall(r"3\d+", text)}
    assert set(re.findall(r"tox run -f (py3\d+)", WORKFLOW)) == factors
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    supported = {version for line in classifiers if (version := line[-4:]).startswith("3.")}
    assert {f"py{version.replace('.', '')}" for version in supported} == factors


@pytest.mark.parametrize(
    "arguments",
    [["--coverage", "--only", "SQLite", "-k", "x"], ["-k", "x", "--only", "SQLite", "--coverage"]],
)
def test_coverage_of_one_database(monkeypatch, arguments):
    commands = []
    monkeypatch.setattr(runner, "python", lambda *command, **_: commands.append(command) or 0)
    assert runner.main(arguments) == 0
    assert commands == [
        ("coverage", "erase"),
        ("coverage", "run", "-m", "pytest", "-k", "x"),
        ("coverage", "combine", "--quiet"),
        ("coverage", "report", "--fail-under=0"),
    ]


def test_coverage_of_all_databases_is_held_to_the_floor(monkeypatch, capsys):
    def python(*command, **_):
        commands.append(command)
        return 2 if command == ("coverage", "report") else 0

    commands = []
    monkeypatch.setattr(runner, "python", python)
    monkeypatch.setattr(
        runner, "DATABASES", {name: lambda: nullcontext("") for name in ("SQLite", "PostgreSQL")}
    )
    assert runner.main(["--coverage"]) == 1
    assert commands.count(("coverage", "run", "-m", "pytest")) == 2
    assert "PostgreSQL: passed" in capsys.readouterr().out


def test_a_database_that_nobody_knows(capsys):
    with pytest.raises(SystemExit):
        runner.main(["--only", "SQLite,Oracle"])
    assert "Oracle: not one of SQLite, PostgreSQL, MariaDB, MySQL" in capsys.readouterr().err
