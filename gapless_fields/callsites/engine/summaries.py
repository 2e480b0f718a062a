"""What reading one function brings to light; the verdicts are drawn from this alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NamedTuple

from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.syntax import name_of
from gapless_fields.callsites.engine.values import (
    Atomic,
    External,
    Origin,
    Parameter,
    Value,
    Values,
    is_data,
)


class Option(NamedTuple):
    """What a parameter has to be."""

    name: str
    kind: str
    """``true`` or ``none``: as in ``if name``, or as in ``if name is None``."""
    wanted: bool


class When(NamedTuple):
    """On what condition a line is reached, or a call is made."""

    new: bool = False
    """Only for a new row, whose ``save()`` or signal the function is."""
    options: tuple[Option, ...] = ()
    """Only where parameters are so, such as ``save``."""


ALWAYS = When()


@dataclass(eq=False)
class Site:
    """A call that numbers rows, takes a number, or writes over columns without a ``save()``."""

    kind: str
    """``insert``, ``update`` of a draft, ``take``, ``conflicts``, ``rewrite`` or ``by hand``."""
    node: ast.expr | ast.ClassDef | ast.AugAssign
    call: str
    function: Function
    model: Class | None
    using: str | None = None
    open: tuple[Atomic, ...] = ()
    overrides: tuple[Function, ...] = ()
    """The project's own ``save()`` or ``create()`` through which the row goes."""
    is_doubtful: bool = False
    """Whether the row may have been saved before, or the draft not be issued."""
    is_given: bool = False
    """Whether only some callers of the function give it a new row."""
    is_draft: bool = False
    """Whether the row is inserted as a draft, and takes no number yet."""
    deferred: str = ""
    """``on_commit`` or ``thread`` where the call is only given to one."""
    view: Class | None = None
    """The generic view that inserts without a line of code of its own."""
    when: When = ALWAYS
    columns: tuple[str, ...] = ()
    """Those that a ``rewrite`` names, or an ``update`` has set."""

    @property
    def has_verdict(self) -> bool:
        """Whether it matters what is around it."""
        return self.kind not in ("rewrite", "by hand")

    @property
    def is_route(self) -> bool:
        """Whether it is ``CreateView.as_view(model=…)``, whose view is another package's."""
        return isinstance(self.node, ast.Call) and name_of(self.node) == "as_view"

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
class Named:
    """A method of who knows what: all that is known is its name, and what its owner is called."""

    name: str
    owner: str
    is_form: bool = False
    """Whether it is a form's: one of those that the view names, but which?"""


@dataclass(frozen=True)
class Saved:
    """The signals of a row of a model that is saved."""

    model: Class


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
    """``direct``, ``on_commit``, ``thread``, ``queue``, ``passed``: to a function of the project
    (``via``), ``connected``: to a signal, ``named``: as a method, or ``escapes``: to whoever."""
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
class Summary:
    """What one function does."""

    function: Function
    sites: list[Site] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    nested: list[Function] = field(default_factory=list)
    yields: list[tuple[Atomic, ...]] = field(default_factory=list)
    enters: list[Atomic] = field(default_factory=list)
    """What ``__enter__()`` is called on, or ``enter_context()`` is given."""
    super_calls: list[tuple[str, tuple[Atomic, ...]]] = field(default_factory=list)
    """The methods called on ``super()``, and the transactions that are open there."""
    returns: dict[Value, bool] = field(default_factory=dict)
    """Each with whether it is a new, unsaved instance."""
    unsaved: set[Origin] = field(default_factory=set)
    """The origins of the new instances that it returns, be it in lists."""
    maybe_saved: set[Origin] = field(default_factory=set)
    """Those of which nothing is known but the class."""
    ever_saved: set[Origin] = field(default_factory=set)
    """The origins of whatever it saves, unless only an option that is off says so."""
    saves: set[Origin] = field(default_factory=set)
    """The origins of what callers give it and it has saved, on one of the ways that it takes."""
    optional: dict[str, set[Origin]] = field(default_factory=dict)
    """For each option with a default, the origins of instances that are not saved without it."""
    saved_with: dict[str, set[Origin]] = field(default_factory=dict)
    """For each such option, the origins of instances that are saved with it alone."""
    renews: set[str] = field(default_factory=set)
    """The parameters whose rows it makes new ones of, by ``row.pk = None``."""
    given: set[Origin] = field(default_factory=set)
    """The origins of new instances that callers give it."""
    gives: set[tuple[Function, int]] = field(default_factory=set)
    """The functions that it gives new instances, each with the line of the call."""
    sets: dict[str, str] = field(default_factory=dict)
    """The columns of ``when`` that a method sets on its own row, and does not save."""
    forms: dict[Origin, Origin] = field(default_factory=dict)
    """For each row that may be None, the form of it: of a new row where it is."""

    def calls_super(self, *names: str) -> bool:
        """Whether it calls one of some methods on ``super()``."""
        return any(name in names for name, _ in self.super_calls)

    @property
    def size(self) -> int:
        """How much of it there is, data aside: it only grows while the function is read."""
        parts = self.outcome[1:]
        held = sum(map(len, parts)) + sum(self.returns.values())  # type: ignore[arg-type]
        held += sum(not is_data(value) for value in self.returns)
        by_option = (*self.optional.values(), *self.saved_with.values())
        return held + sum(map(len, by_option))

    @property
    def outcome(self) -> tuple[object, ...]:
        """All that the reading of other functions depends on."""
        return (
            *(self.returns, self.unsaved, self.maybe_saved, self.ever_saved, self.saves),
            *(
                self.optional,
                self.saved_with,
                self.renews,
                self.sets,
                self.yields,
                self.enters,
                self.super_calls,
            ),
        )
