"""Methods that return a new row, known by their names where nothing is known of the object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gapless_fields.callsites.definitions import Class, Function, Module
from gapless_fields.callsites.facts import Facts
from gapless_fields.callsites.sources import Source
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.values import Object


class Makers:
    """``quote.to_invoice()`` returns a new invoice if no other class has such a method."""

    def __init__(self, reader: Transactions) -> None:
        self.reader = reader
        self._asked: set[str] = set()
        self._new: list[Function] = []

    def learn(self, facts: Facts) -> None:
        """Remember a method that returns a new, numbered row."""
        function = facts.function
        if function.cls is None or function.name in self._asked or "_" not in function.name:
            return
        unsaved = facts.unsaved.union(*facts.optional.values())
        for value, _ in facts.returns:
            is_new = isinstance(value, Object) and value.origin in unsaved
            cls = value.cls if is_new and isinstance(value, Object) else None
            if isinstance(cls, Class) and self.reader.target_of(cls) is not None:
                self._asked.add(function.name)
                if self._is_alone(function.name):
                    self._new.append(function)
                return

    def spread(self, scan: Callable[[Source], None], modules: Iterable[Module]) -> None:
        """Read whatever names one of the methods that were found since the last time."""
        for function in self._new:
            self.reader.makers[function.name] = function
            name = function.name.encode()
            for source in self.reader.sources:
                if name in source.data and not source.is_test:
                    scan(source)
            for module in list(modules):
                self.reader.read_again(f for f in module.functions if name in f.text)
        self._new.clear()

    def _is_alone(self, name: str) -> bool:
        """Whether the project defines one function of that name."""
        definition = re.compile(rb"\bdef " + name.encode() + rb"\b")
        found = 0
        for source in self.reader.sources:
            if name.encode() in source.data and not source.is_test:
                found += len(definition.findall(source.data))
        return found == 1
