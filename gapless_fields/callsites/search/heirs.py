"""The classes of a project that inherit from one: found by a text search for its name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.files.words import Words
from gapless_fields.callsites.rules.project import Project


class Heirs:
    """Finds heirs, those of heirs included.

    Args:
        project: the project.
        words: which files hold a name.
    """

    def __init__(self, project: Project, words: Words) -> None:
        self._project = project
        self._words = words
        self._of: dict[Class, dict[Class, None]] = {}

    def of(self, cls: Class) -> dict[Class, None]:
        """The classes that inherit from ``cls``."""
        if cls not in self._of:
            self._of[cls] = {}  # for one that inherits from its own name
            for heir in self.direct(cls):
                self._of[cls] |= {heir: None, **self.of(heir)}
        return self._of[cls]

    def direct(self, cls: Class) -> Iterator[Class]:
        """Those in the files that name ``cls`` as a base."""
        name = cls.name.encode()
        names_it = re.compile(rb"\bclass \w+\([^)]*\b" + name + rb"\b").search
        for source in self._words.holding(name):
            module = self._project.modules.parsed(source.path) if names_it(source.data) else None
            for heir in module.classes if module is not None else ():
                if heir is not cls and cls in self._project.classes.mro(heir):
                    yield heir

    def inheriting(self, function: Function) -> list[Class]:
        """The heirs of a method's class that have no such method of their own."""
        if function.cls is None or function.outer is not None:
            return []
        find = self._project.classes.find_method
        return [heir for heir in self.of(function.cls) if find(heir, function.name) is function]

    def reaching(self, function: Function) -> Iterator[tuple[Class, list[Function]]]:
        """The heirs whose method of that name is this one, or leads to it by ``super()``.

        Each with the methods before it, the first one first.
        """
        project = self._project
        for heir in self.of(function.cls) if function.cls is not None else ():
            methods = [cls.method(function.name) for cls in project.classes.mro(heir)]
            line = [method for method in methods if method is not None]
            before = line[: line.index(function)] if function in line else []
            goes_on = all(project.solver.summary(m).calls_super(function.name) for m in before)
            if function in line and goes_on:
                yield heir, before
