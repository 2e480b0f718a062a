"""The state while a function is read, statement by statement."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from gapless_fields.callsites.definitions import Class, Function, Module
from gapless_fields.callsites.facts import ALWAYS, Call, Facts, Option, When
from gapless_fields.callsites.values import Atomic, Form, Object, Value, Values


@dataclass(eq=False)
class Frame:
    """The state while a function is read, statement by statement."""

    module: Module
    facts: Facts
    cls: Class | None = None
    env: dict[str, Values] = field(default_factory=dict)
    """Local names, and paths such as ``self.invoice``."""
    fresh: set[ast.AST] = field(default_factory=set)
    """The origins of instances that have not been saved yet: the next ``save()`` INSERTs."""
    open: tuple[Atomic, ...] = ()
    """The transactions that are open at this point."""
    in_class_body: bool = False
    dead: bool = False
    """Whether the statement before has left the block."""
    when_new: bool = False
    """Whether this is reached only where the row that the function is about is new."""
    saved: set[ast.AST] = field(default_factory=set)
    """The origins of instances that have been saved: ``is_new``, from before, says no more."""
    options: tuple[Option, ...] = ()
    """The options of the function that must be set so, to get here."""
    by_option: bool = False
    """Whether this is reached only where an option is set that is not set by default."""
    tests: dict[str, ast.expr] = field(default_factory=dict)
    """The conditions that local names stand for: ``is_new = self.pk is None``."""
    due: dict[ast.AST, dict[str, str]] = field(default_factory=dict)
    """For each origin, the columns of ``when`` that are set and not saved, each with how surely."""
    numbered: set[ast.AST] = field(default_factory=set)
    """The origins of rows that are no drafts, as a condition has told."""
    drafts: set[ast.AST] = field(default_factory=set)
    """The origins of rows that are drafts, as a condition has told."""

    def called(self, call: Call) -> None:
        """Note a call."""
        self.facts.calls.append(call if self.when == ALWAYS else replace(call, when=self.when))

    @property
    def when(self) -> When:
        return When(self.when_new, self.options)

    @property
    def function(self) -> Function:
        return self.facts.function

    def branch(self) -> Frame:
        """A copy, for one of several ways to go on."""
        return Frame(
            self.module,
            self.facts,
            self.cls,
            dict(self.env),
            set(self.fresh),
            self.open,
            self.in_class_body,
            self.dead,
            self.when_new,
            set(self.saved),
            self.options,
            self.by_option,
            self.tests,
            {origin: dict(columns) for origin, columns in self.due.items()},
            set(self.numbered),
            set(self.drafts),
        )

    def merge(self, *branches: Frame) -> None:
        """Go on with what any of the branches leads to."""
        living = [branch for branch in branches if not branch.dead]
        self.dead = not living
        if not living:
            return
        names = dict.fromkeys(name for branch in living for name in branch.env)
        self.env = {name: _merged([branch.env for branch in living], name) for name in names}
        self.fresh = set().union(*(branch.fresh for branch in living))
        self.saved = set.intersection(*(branch.saved for branch in living))
        self.numbered = set.intersection(*(branch.numbered for branch in living))
        self.drafts = set.intersection(*(branch.drafts for branch in living))
        self.due = _merged_due([branch.due for branch in living])
        self.when_new = all(branch.when_new for branch in living)
        others = [branch.options for branch in living[1:]]
        self.options = tuple(
            option for option in living[0].options if all(option in other for other in others)
        )
        self.open = _merged_open([branch.open for branch in living])

    def is_fresh(self, value: Value) -> bool:
        return isinstance(value, Object | Form) and value.origin in self.fresh


def _merged(environments: list[dict[str, Values]], name: str) -> Values:
    first = environments[0].get(name, ())
    if all(environment.get(name, ()) == first for environment in environments):
        return first
    merged: dict[Value, None] = {}
    for environment in environments:
        merged.update(dict.fromkeys(environment.get(name, ())))
    return tuple(merged)


def _merged_due(dues: list[dict[ast.AST, dict[str, str]]]) -> dict[ast.AST, dict[str, str]]:
    """What is set on any of the ways; for certain where one of them says so."""
    merged: dict[ast.AST, dict[str, str]] = {}
    for due in dues:
        for origin, columns in due.items():
            known = merged.setdefault(origin, {})
            for column, certain in columns.items():
                known[column] = max(certain, known.get(column, ""))  # "yes" is after "maybe"
    return merged


def _merged_open(opens: list[tuple[Atomic, ...]]) -> tuple[Atomic, ...]:
    if len(set(opens)) == 1:
        return opens[0]
    everywhere = [atomic for atomic in opens[0] if all(atomic in other for other in opens)]
    somewhere = dict.fromkeys(atomic for other in opens for atomic in other)
    doubtful = [
        Atomic(atomic.using, atomic.how, certain=False)
        for atomic in somewhere
        if atomic not in everywhere
    ]
    return (*everywhere, *doubtful)
