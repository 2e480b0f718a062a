"""Which files of a project are tests: the rows that they save are no business of the check."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from functools import cache

_TEST_FILE = re.compile(r"(tests?|conftest|test_\w+|\w+_tests?|factories|factory)\.py")
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "unittest", "unittests"})
_APPLICATION_FILES = ("models.py", "apps.py", "views.py", "models/__init__.py", "views/__init__.py")
_TEST_CASE = re.compile(rb"^class \w+\([^)\n]*TestCase\b", re.MULTILINE)


class TestFiles:
    """Tells the tests among the files of a project.

    Args:
        files: the paths of all files.
    """

    __test__ = False  # for pytest, which takes any class of such a name for tests

    def __init__(self, files: Collection[str]) -> None:
        self._files = files
        self._is_application = cache(self._holds_application)

    def place(self, path: str, root: str, data: bytes) -> str | None:
        """The file or folder that makes a file one of the tests; None where it is none.

        Args:
            path: the file.
            root: the folder that was asked for. What its own path is called does not matter.
            data: the text of the file.
        """
        folder = root
        for name in path.removeprefix(root + os.sep).split(os.sep)[:-1]:
            folder = os.path.join(folder, name)
            if name in _TEST_FOLDERS and not self._is_application(folder):
                return folder
        file = os.path.basename(path)
        # A model may be called TestCase.
        if _TEST_FILE.fullmatch(file) or (file != "models.py" and _TEST_CASE.search(data)):
            return path
        return None

    def _holds_application(self, folder: str) -> bool:
        """Whether a folder is an application that happens to be called ``test``."""
        if not any(os.path.join(folder, name) in self._files for name in _APPLICATION_FILES):
            return False
        below = (os.path.split(path.removeprefix(folder + os.sep)) for path in self._files
                 if path.startswith(folder + os.sep))  # fmt: skip
        tests = (where.split(os.sep) for where, name in below if _TEST_FILE.fullmatch(name))
        # An application has its tests in a folder of their own, which is called so.
        return all(not _TEST_FOLDERS.isdisjoint(where) for where in tests)
