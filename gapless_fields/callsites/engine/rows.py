"""What is known of the instances that a function holds, at a point of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gapless_fields.callsites.engine.values import (
    Instance,
    Newness,
    Origin,
    Value,
    Values,
    elements_of,
)

NEW, EITHER, SAVED = Newness.NEW, Newness.EITHER, Newness.SAVED


@dataclass(eq=False)
class Rows:
    """Instances by their origins. One that is not mentioned was found in the database."""

    newness: dict[Origin, Newness] = field(default_factory=dict)
    columns: dict[Origin, dict[str, str]] = field(default_factory=dict)
    """The columns of ``when`` that are set and not saved, each with how surely."""
    numbered: set[Origin] = field(default_factory=set)
    """Those that are no drafts, as a condition has told."""
    drafts: set[Origin] = field(default_factory=set)
    """Those that are drafts, as a condition has told."""

    def copy(self) -> Rows:
        columns = {origin: dict(held) for origin, held in self.columns.items()}
        return Rows(dict(self.newness), columns, set(self.numbered), set(self.drafts))

    @property
    def new(self) -> set[Origin]:
        """The origins of all instances that may be new."""
        return {o for o, newness in self.newness.items() if newness is not SAVED}

    def may_be_new(self, value: Value | None) -> bool:
        """Whether a ``save()`` may INSERT it."""
        known = self.newness.get(value.origin) if isinstance(value, Instance) else None
        return known is NEW or known is EITHER

    def is_new(self, value: Value | None) -> bool:
        """Whether a ``save()`` INSERTs it, whoever calls the function."""
        return isinstance(value, Instance) and self.newness.get(value.origin) is NEW

    def maybe_saved(self, value: Value | None) -> bool:
        """Whether it may well be saved: nothing is known of it but its class."""
        origin = value.origin if isinstance(value, Instance) else None
        return origin is not None and self._is_either(origin) and origin.parameter is None

    def is_given(self, value: Value | None) -> bool:
        """Whether it is new if a caller gives a new one."""
        origin = value.origin if isinstance(value, Instance) else None
        return origin is not None and self._is_either(origin) and origin.parameter is not None

    def _is_either(self, origin: Origin) -> bool:
        return self.newness.get(origin) is EITHER

    def renew(self, origins: Iterable[Origin]) -> None:
        """The next ``save()`` of them INSERTs."""
        for origin in origins:
            self.newness[origin] = NEW

    def not_new(self, origins: Iterable[Origin]) -> None:
        """They are not new here; whether they have been saved before, nobody knows."""
        for origin in origins:
            if self.newness.get(origin) is not SAVED:
                self.newness.pop(origin, None)

    def save(self, origin: Origin) -> None:
        """From here on, another ``save()`` of it is an UPDATE."""
        self.newness[origin] = SAVED
        self.columns.pop(origin, None)

    def merge(self, ways: list[Rows]) -> None:
        """What is known where several ways meet."""
        self.numbered = set.intersection(*(way.numbered for way in ways))
        self.drafts = set.intersection(*(way.drafts for way in ways))
        first = ways[0].newness
        if all(way.newness == first for way in ways[1:]):
            self.newness = dict(first)
        else:
            origins = dict.fromkeys(origin for way in ways for origin in way.newness)
            merged = ((o, _merged([way.newness.get(o) for way in ways])) for o in origins)
            self.newness = {origin: known for origin, known in merged if known is not None}
        columns: dict[Origin, dict[str, str]] = {}
        for way in ways:
            for origin, held in way.columns.items():
                known = columns.setdefault(origin, {})
                for column, certain in held.items():
                    known[column] = max(certain, known.get(column, ""))  # "yes" > "maybe"
        self.columns = columns


def _merged(known: list[Newness | None]) -> Newness | None:
    """New where it is so on one of the ways; saved where it is so on all of them."""
    for newness in (NEW, EITHER):
        if newness in known:
            return newness
    return SAVED if None not in known else None


def origins_of(values: Values) -> set[Origin]:
    """Where the instances among some values came from."""
    return {value.origin for value in values if isinstance(value, Instance)}


def rows_in(value: Value) -> Iterator[Instance]:
    """The instances that a value is or holds, in lists of lists too."""
    if isinstance(value, Instance):
        yield value
    for inner in elements_of((value,)):
        yield from rows_in(inner)
