"""Methods that return a new row, known by their names where nothing is known of the object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.summaries import Summary
from gapless_fields.callsites.engine.values import Instance
from gapless_fields.callsites.files.sources import Source
from gapless_fields.callsites.rules.project import Project


class Constructors:
    """``quote.to_invoice()`` returns a new invoice if no other class has such a method."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._asked: set[str] = set()
        self._new: list[Function] = []

    def learn(self, summary: Summary) -> None:
        """Remember a method that returns a new, numbered row."""
        function = summary.function
        if function.cls is None or function.name in self._asked or "_" not in function.name:
            return
        unsaved = summary.unsaved.union(*summary.optional.values())
        for value in summary.returns:
            is_new = type(value) is Instance and value.origin in unsaved
            cls = value.cls if is_new and isinstance(value, Instance) else None
            if isinstance(cls, Class) and self._project.models.target_of(cls) is not None:
                self._asked.add(function.name)
                if self._is_alone(function.name):
                    self._new.append(function)
                return

    def spread(self, scan: Callable[[Source], None], modules: Iterable[Module]) -> None:
        """Read whatever names one of the methods that were found since the last time."""
        for function in self._new:
            self._project.attributes.constructors[function.name] = function
            name = function.name.encode()
            for source in self._project.sources:
                if name in source.data and not source.is_test:
                    scan(source)
            for module in list(modules):
                self._project.solver.again(f for f in module.functions if name in f.text)
        self._new.clear()

    def _is_alone(self, name: str) -> bool:
        """Whether the project defines one function of that name."""
        definition = re.compile(rb"\bdef " + name.encode() + rb"\b")
        found = 0
        for source in self._project.sources:
            if name.encode() in source.data and not source.is_test:
                found += len(definition.findall(source.data))
        return found == 1
