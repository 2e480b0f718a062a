"""Functions are read until nothing that one of them tells the others is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.summaries import Summary
from gapless_fields.callsites.engine.values import MOST_ALTERNATIVES, Parameter

MOST_READS = 8
"""Nothing that a project does has been seen to need more; two that never agree must end."""


class Solver:
    """The summaries of functions, and what functions tell one another beside.

    A function that is read asks for summaries, and for what others have told under a key: what
    they give to a parameter, or assign to an attribute. Where one of these changes, whoever has
    asked is read again.

    Args:
        read: reads a function, and fills in its summary.
    """

    def __init__(self, read: Callable[[Function, Summary], None]) -> None:
        self._read_function = read
        self._summaries: dict[Function, Summary] = {}
        self._told: defaultdict[Hashable, dict[Any, dict[Function, bool]]] = defaultdict(dict)
        """Under a key, each value with those who told it, and whether they say that it is new."""
        self._tells: defaultdict[Function, dict[tuple[Hashable, Any], bool]] = defaultdict(dict)
        self._askers: defaultdict[Hashable, dict[Function, None]] = defaultdict(dict)
        """For each function and key, who has asked for it."""
        self._reading: list[Function] = []
        self._half_read: dict[Function, dict[Function, int]] = {}
        """The functions that are read for the first time, each with who has asked meanwhile."""
        self._reads: defaultdict[Function, int] = defaultdict(int)
        self._stale: dict[Function, None] = {}

    def is_read(self, function: Function) -> bool:
        """Whether a function has been read, or is being read."""
        return function in self._summaries

    def summary(self, function: Function) -> Summary:
        """What a function does; half of it, while it is being read itself."""
        found = self._summaries.get(function)
        if found is None or self._is_due(function):
            found = self._read(function)
        elif function in self._half_read:
            self._half_read[function][self._reading[-1]] = found.size
        self.ask(function)
        return found

    def ask(self, about: Hashable) -> None:
        """The function that is being read is to be read again when something changes."""
        if self._reading:
            self._askers[about][self._reading[-1]] = None

    def told(self, key: Hashable) -> dict[Any, bool]:
        """What functions have told under a key, each with whether one of them says it is new."""
        self.ask(key)
        return {value: any(by.values()) for value, by in self._told[key].items()}

    def tell(self, teller: Function, key: Hashable, value: Any, *, is_new: bool) -> bool:
        """Tell others something; return False where there is too much of it already.

        What a function does not tell when it is read again is forgotten. Only a function that is
        being read tells something: an expression of a module is evaluated for whoever names it.
        """
        known = self._told[key]
        if not self._reading or self._reading[-1] is not teller:
            return False
        if value not in known and len(known) >= MOST_ALTERNATIVES:
            return False
        self._tells[teller][key, value] = is_new
        by = known.setdefault(value, {})
        if by.get(teller) is not is_new:
            by[teller] = is_new
            self.changed(key)
        return True

    def tellers(self, *keys: Hashable) -> list[Function]:
        """The functions that have told something under one of some keys."""
        told = (by for key in keys for by in self._told[key].values())
        return list(dict.fromkeys(teller for by in told for teller in by))

    def given(self) -> list[Function]:
        """The functions that others have told what they give to them."""
        keys = (key for key, known in self._told.items() if known)
        return [key.function for key in keys if isinstance(key, Parameter)]

    def changed(self, about: Hashable) -> None:
        """Read again whoever has asked."""
        self._stale |= self._askers.get(about, {})

    def again(self, functions: Iterable[Function]) -> None:
        """Read functions again, of which more is known now."""
        self._stale |= dict.fromkeys(functions)

    def read_again(self, functions: Iterable[Function]) -> None:
        """Read functions again at once, as far as they have been read."""
        for function in functions:
            if function in self._summaries:
                self._read(function)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to read again."""
        return not self._stale

    def solve(self) -> None:
        """Read again what is to be read again, until nothing is."""
        while self._stale:
            function = next(iter(self._stale))
            if function in self._summaries and self._is_due(function):
                self._read(function)
            else:
                del self._stale[function]

    def forget(self) -> None:
        """Forget all that was read, as while less was known of the project."""
        self._summaries.clear()
        self._told.clear()
        self._tells.clear()
        self._askers.clear()
        self._reads.clear()
        self._stale.clear()

    def _is_due(self, function: Function) -> bool:
        """Whether more is known of a function than when it was read."""
        if function not in self._stale or function in self._reading:
            return False
        return self._reads[function] < MOST_READS

    def _read(self, function: Function) -> Summary:
        summary, before = Summary(function), self._summaries.get(function)
        if before is None:  # else whoever asks meanwhile gets what was known before
            self._summaries[function] = summary
            self._half_read[function] = {}
        tells, self._tells[function] = self._tells[function], {}
        self._reads[function] += 1
        self._stale.pop(function, None)
        self._reading.append(function)
        try:
            self._read_function(function, summary)
        finally:
            self._reading.pop()
        self._summaries[function] = summary
        self._forget_untold(function, tells)
        if before is None:
            asked = self._half_read.pop(function).items()
            self.again(asker for asker, size in asked if size != summary.size)
        elif summary.outcome != before.outcome:
            self.changed(function)
        return summary

    def _forget_untold(self, teller: Function, before: Iterable[tuple[Hashable, Any]]) -> None:
        """Forget what a function has told when it was read before, and tells no more."""
        for key, value in before:
            if (key, value) not in self._tells[teller]:
                by = self._told[key][value]
                del by[teller]
                if not by:
                    del self._told[key][value]
                self.changed(key)
