"""The files of a project: found, ruled out by a text search, and parsed once."""

from __future__ import annotations

import ast
import contextlib
import itertools
import os
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from gapless_fields.callsites.files.newer import older_versions
from gapless_fields.callsites.files.testfiles import TestFiles

SKIPPED_DIRECTORIES = frozenset(
    {"__pycache__", "node_modules", "site-packages", "dist-packages", "venv", "virtualenv"}
    | {"vendor", "vendored", "_vendor", "third_party", "thirdparty"}
    | {"migrations", "south_migrations"}
)
"""Not the project's own code, or code that Django runs in its own transactions (migrations)."""


class Source:
    """One Python file."""

    def __init__(self, path: str, data: bytes, base: str, root: str, tests: TestFiles) -> None:
        self.path = path
        self.data = data
        self._base = base
        self._root = root
        self._tests = tests
        self._lines: list[bytes] = []

    @cached_property
    def relative(self) -> str:
        """The path below the base of the sources, with slashes."""
        return _relative(self.path, self._base)

    @cached_property
    def is_test(self) -> bool:
        """Whether the file is one of the project's tests."""
        return self.test_place is not None

    @cached_property
    def test_place(self) -> str | None:
        """The file or folder that makes it one."""
        return self._tests.place(self.path, self._root, self.data)

    def parse(self) -> ast.Module:
        """Parse the file.

        Raises:
            SyntaxError, ValueError: the file is broken, or in an encoding that it does not name.
            RecursionError, MemoryError: its expressions are nested too deeply.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the project's own "\d" and the like
            try:
                return ast.parse(self.data, self.path)
            except SyntaxError:
                for older in older_versions(self.data):
                    with contextlib.suppress(SyntaxError):
                        return ast.parse(older, self.path)
                raise

    def between(self, first: int, last: int) -> bytes:
        """The lines from ``first`` to ``last``, counted from 1."""
        if not self._lines:
            data = self.data
            if b"\r" in data:
                data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            self._lines = data.split(b"\n")
        return b"\n".join(self._lines[first - 1 : last])


class Sources:
    """All Python files below some paths.

    Args:
        paths: directories and files.
        base: what ``Source.relative`` is relative to, for files below it; None: the first path.
    """

    def __init__(self, paths: Iterable[str | Path], base: str | Path | None = None) -> None:
        roots = list(dict.fromkeys(os.path.realpath(path) for path in paths))
        self.base = os.path.realpath(base or _directory(roots[0] if roots else os.curdir))
        self.notes: list[tuple[str, str]] = []
        """Files that were skipped, and why."""
        self._files: dict[str, Source | None] = {}
        self._tests = TestFiles(self._files.keys())
        self._root_of: dict[str, str] = {}
        self._by_stem: defaultdict[str, list[str]] = defaultdict(list)
        for root in roots:
            for path in _python_files(root, self.notes):
                if path not in self._files:
                    self._files[path] = None
                    self._root_of[path] = _directory(root)
                    head, name = os.path.split(path)
                    stem = os.path.split(head)[1] if name == "__init__.py" else name[:-3]
                    self._by_stem[stem].append(path)

    def __iter__(self) -> Iterator[Source]:
        for path in list(self._files):  # one that cannot be read is forgotten
            if (source := self.get(path)) is not None:
                yield source

    def get(self, path: str) -> Source | None:
        """The file of that name; None where it is unknown or cannot be read."""
        source = self._files.get(path)
        if source is None and path in self._files:
            try:
                with open(path, "rb", buffering=0) as file:
                    data = file.read()
            except OSError as error:
                self.skip(path, f"cannot be read: {error.strerror}")
                return None
            source = Source(path, data, self.base, self._root_of[path], self._tests)
            self._files[path] = source
        return source

    def skip(self, path: str, why: str) -> None:
        """Forget a file, with a note."""
        self.notes.append((self.relative(path), why))
        self._files.pop(path, None)

    def is_passed_over(self, source: Source) -> bool:
        """Whether a file is one of the tests; if so, a note says it."""
        if source.test_place is None:
            return False
        note = source.test_place, "taken for tests"
        if note not in self.notes:
            self.notes.append(note)
        return True

    def relative(self, path: str) -> str:
        return _relative(path, self.base)

    def module_file(self, dotted: str, importer: str) -> str | None:
        """The file that ``import dotted`` in ``importer`` most probably means.

        Where the import roots are is not known without running the project, so any directory
        may be one that has no ``__init__.py`` itself; the one nearest to the importer wins.
        """
        parts = dotted.split(".")
        tail = os.sep + dotted.replace(".", os.sep)
        tail_of_module, tail_of_package = f"{tail}.py", f"{tail}{os.sep}__init__.py"
        best: tuple[bool, int, int] | None = None
        found = None
        for path in self._by_stem.get(parts[-1], ()):
            if path.endswith(tail_of_package):
                root = path[: -len(tail_of_package)]
            elif path.endswith(tail_of_module):
                root = path[: -len(tail_of_module)]
            else:
                continue
            inside_package = root + os.sep + "__init__.py" in self._files
            if inside_package and len(parts) == 1:
                continue
            rank = not inside_package, _in_common(path, importer), -len(path)
            if best is None or rank > best:
                best, found = rank, path
        return found

    def defining(self, folder: str, name: str) -> str | None:
        """The file of a folder that defines a class or function of that name."""
        definition = re.compile(rb"^(?:class|def) " + name.encode() + rb"\b", re.MULTILINE)
        for path in list(self._files):
            if path.startswith(folder) and os.sep not in path[len(folder) :]:
                source = self.get(path)
                if source is not None and definition.search(source.data):
                    return path
        return None

    def neighbour(self, directory: str, parts: list[str]) -> str | None:
        """The file of a module that is named relative to a directory."""
        stem = os.path.join(directory, *parts)
        for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
            if path in self._files:
                return path
        return None


def _python_files(
    root: str, notes: list[tuple[str, str]], *, nested: bool = False
) -> Iterator[str]:
    """Depth first, in the order of names; links to directories are not followed."""
    if os.path.isfile(root):
        yield root
        return
    try:
        with os.scandir(root) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
            if nested and any(entry.name.endswith(".dist-info") for entry in found):
                return  # packages that were installed here, whatever the directory is called
    except OSError as error:
        notes.append((root, f"cannot be listed: {error.strerror}"))
        return
    directories = []
    for entry in found:
        name = entry.name
        try:
            if name.endswith(".py") and entry.is_file():
                yield entry.path
            elif name.startswith(".") or name in SKIPPED_DIRECTORIES or not entry.is_dir():
                pass
            elif entry.is_symlink():
                notes.append((entry.path, "a link to a directory is not followed"))
            elif not os.path.exists(f"{entry.path}/pyvenv.cfg"):
                directories.append(entry.path)
        except OSError as error:  # links in a circle
            notes.append((entry.path, f"cannot be read: {error.strerror}"))
    for directory in directories:
        yield from _python_files(directory, notes, nested=True)


def _relative(path: str, base: str) -> str:
    if path.startswith(base + os.sep):
        path = path[len(base) + 1 :]
    return path.replace(os.sep, "/")


def _in_common(path: str, other: str) -> int:
    """How many directories two paths share."""
    pairs = zip(path.split(os.sep), other.split(os.sep), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _directory(path: str) -> str:
    return os.path.dirname(path) if os.path.isfile(path) else path
