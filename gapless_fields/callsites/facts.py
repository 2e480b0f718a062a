"""What reading one function brings to light; the verdicts are drawn from this alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gapless_fields.callsites.definitions import Class, Function, Module
from gapless_fields.callsites.values import (
    Atomic,
    External,
    Form,
    Object,
    Parameter,
    Value,
    Values,
)


class When(NamedTuple):
    """On what condition a line is reached, or a call is made."""

    new: bool = False
    """Only for a new row, whose ``save()`` or signal the function is."""
    options: tuple[tuple[str, bool], ...] = ()
    """The parameters that have to be True or False, such as ``save``."""


ALWAYS = When()


@dataclass(eq=False)
class Site:
    """A call that numbers rows, takes a number, or writes one."""

    kind: str
    """``insert``, ``take``, ``conflicts`` or ``rewrite``."""
    node: ast.expr | ast.ClassDef
    call: str
    function: Function
    model: Class | None
    using: str | None
    open: tuple[Atomic, ...]
    overrides: tuple[Function, ...] = ()
    """The project's own ``save()`` or ``create()`` through which the row goes."""
    loose: bool = False
    """Whether the row may have been saved before: nothing but its type is known."""
    given: bool = False
    """Whether only some callers of the function hand it a new row."""
    deferred: str = ""
    """``on_commit`` or ``thread`` where the call is only handed to one."""
    view: Class | None = None
    """The generic view that inserts without a line of code of its own."""
    when: When = ALWAYS

    @property
    def module(self) -> Module:
        return self.function.module

    @property
    def line(self) -> int:
        return self.node.lineno


@dataclass(frozen=True)
class Method:
    """A method that a class of the project calls on itself, and leaves to its subclasses."""

    cls: Class
    name: str


@dataclass(frozen=True)
class Saved:
    """The signals of a row of a model that is saved."""

    model: Class


@dataclass(frozen=True)
class Named:
    """A method of who knows what: all that is known is its name, and what its owner is called."""

    name: str
    owner: str
    is_form: bool = False
    """Whether it is a form's: one of those that the view names, but which?"""


@dataclass(frozen=True)
class Sent:
    """A signal that is sent, by the last name of its variable."""

    signal: str


@dataclass(frozen=True)
class Signal:
    """A signal that a function is connected to, and its senders."""

    name: str
    senders: Values = ()


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a function of the project, or of something that may turn out to be one."""

    target: Function | Parameter | External | Method | Saved | Named | Sent
    open: tuple[Atomic, ...]
    how: str
    """``direct``, ``on_commit``, ``thread``, ``handed``: to a function of the project (``via``),
    ``connected``: to a signal, ``named``: as a method, or ``escapes``: handed on to whoever."""
    line: int
    receiver: Class | None = None
    """The class of what a method is called on, where it is known."""
    via: Parameter | None = None
    signal: Signal | None = None
    named: Named | None = None
    """The name of the method that ``add_to_class()`` makes of a function."""
    new: bool | None = None
    """Of the saving of a row: whether it is a new one; None where that is not known."""
    when: When = ALWAYS
    node: ast.Call | None = None
    """Its arguments, where it is a call that is written out."""


class Caller(NamedTuple):
    function: Function
    call: Call
    sure: bool = True
    """Whether nothing else of the project can be meant."""
    owner: Class | None = None
    """The class that the calling function is a method of, where it inherits it."""


@dataclass(eq=False)
class Facts:
    """What one function does."""

    function: Function
    sites: list[Site] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    yields: list[tuple[Atomic, ...]] = field(default_factory=list)
    enters: list[Atomic] = field(default_factory=list)
    """What ``__enter__()`` is called on, or ``enter_context()`` is given."""
    hands_on: list[tuple[str, tuple[Atomic, ...]]] = field(default_factory=list)
    """The methods called on ``super()``."""
    returns: list[tuple[Value, bool]] = field(default_factory=list)
    """Each with whether it is a new, unsaved instance."""
    unsaved: set[ast.AST] = field(default_factory=set)
    """The origins of the new instances that it returns, be it in lists."""
    nested: list[Function] = field(default_factory=list)
    given: set[ast.AST] = field(default_factory=set)
    """The origins of new instances that only some of its callers hand to it."""
    saved: set[ast.AST] = field(default_factory=set)
    """Those of them that it has saved, on one of the ways that it may take."""
    ever_saved: set[ast.AST] = field(default_factory=set)
    """The origins of whatever it saves, unless only an option that is off says so."""
    optional: dict[str, set[ast.AST]] = field(default_factory=dict)
    """For each option with a default, the origins of instances that are not saved without it."""
    renewed: set[str] = field(default_factory=set)
    """The parameters whose rows it makes new ones of, by ``row.pk = None``."""
    forms: dict[ast.AST, ast.AST] = field(default_factory=dict)
    """For each row that may be None, the form of it: of a new row where it is."""


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
    options: tuple[tuple[str, bool], ...] = ()
    """The options of the function that must be set so, to get here."""
    by_option: bool = False
    """Whether this is reached only where an option is set that is not set by default."""
    tests: dict[str, ast.expr] = field(default_factory=dict)
    """The conditions that local names stand for: ``is_new = self.pk is None``."""

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
