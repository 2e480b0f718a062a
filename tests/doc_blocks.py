"""Runs the code blocks of a page of the documentation, in order, as they are written.

- A block of ``python`` that begins with ``# path`` is that file. ``# at the end of path`` adds to
  it.
- A block of ``console`` has commands after ``$``, and below each of them what it prints. ``…``
  stands for any text, and a line of its own with ``…`` for any lines.
- A block of ``pycon`` begins with ``$ python manage.py shell``, and goes on as in that shell.
- A block without a language has one command a line. What they print is returned.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
END_OF = "at the end of "

SHELL = """
import doctest, sys
import django
django.setup()
from django.apps import apps
test = doctest.DocTestParser().get_doctest(
    sys.stdin.read(), {model.__name__: model for model in apps.get_models()}, "shell", None, 0
)
sys.exit(doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed)
"""


def section(page: str, heading: str) -> str:
    """Return what a page says below a heading of the second level."""
    found = (DOCS / page).read_text().partition(f"## {heading}\n")
    assert found[1], f"docs/{page} has no heading {heading!r}"
    return found[2].partition("\n## ")[0]


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the lines of each block."""
    text = re.sub(r"^```{.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)  # pictures
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


class Reader:
    """Somebody who does what a page says.

    Args:
        folder: where the reader begins.
        settings: the module of the settings, for the shell.
    """

    def __init__(self, folder: Path, settings: str = "settings") -> None:
        self.folder = folder
        paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": settings,
            "PATH": paths,
            "PYTHONPATH": str(DOCS.parent),
        }

    def read(self, text: str) -> dict[str, str]:
        """Do what the blocks of a text say.

        Returns:
            what each command of a block without a language printed.
        """
        outputs = {}
        for language, lines in blocks(text):
            if language == "python":
                self.write(lines)
            elif language == "console":
                self.follow(lines)
            elif language == "pycon":
                self.type_into_shell(lines)
            elif not language:
                for line in lines.splitlines():
                    status, outputs[line] = self.run(line)
                    assert status == 0, (line, outputs[line])
        return outputs

    def write(self, lines: str) -> None:
        """Write a file, or add to it."""
        first, code = lines.split("\n", 1)
        path = first.removeprefix("# ")
        assert path != first, f"the block does not name its file: {first}"
        file = self.folder / path.removeprefix(END_OF)
        before = file.read_text() if path.startswith(END_OF) else ""
        file.write_text(before + code)

    def follow(self, lines: str) -> None:
        """Run commands, and compare what they print."""
        for transcript in re.split(r"^\$ ", lines, flags=re.MULTILINE)[1:]:
            command, _, expected = transcript.replace("\\\n", "").partition("\n")
            if command.startswith("pip install "):
                continue  # the package under test is installed
            if command.startswith("cd "):
                self.folder /= command.removeprefix("cd ")
                continue
            _, printed = self.run(command)
            assert is_like(printed, expected), f"$ {command}\n{printed}\ninstead of\n{expected}"

    def type_into_shell(self, lines: str) -> None:
        """Run a session of ``manage.py shell``, which knows all models."""
        first, session = lines.split("\n", 1)
        assert first == "$ python manage.py shell", first
        status, printed = self.run(f"python -c {shlex.quote(SHELL)}", session)
        assert status == 0, printed

    def run(self, command: str, stdin: str | None = None) -> tuple[int, str]:
        """Run a command, and return its exit status and what it prints."""
        result = subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return result.returncode, result.stdout


def is_like(printed: str, expected: str) -> bool:
    """Return whether a text is the expected one, in which ``…`` stands for anything."""
    pattern = "".join(
        r"(?:.*\n)*"
        if line.strip() == "…"
        else r".*".join(map(re.escape, line.split("…"))) + r" *\n"
        for line in expected.rstrip("\n").split("\n")
        if expected.strip()
    )
    return re.fullmatch(pattern, printed.strip("\n") + "\n" if printed.strip() else "") is not None
