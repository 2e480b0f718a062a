"""What the engine asks of the rules, and what its parts ask of one another."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.inheritance import Inheritance
from gapless_fields.callsites.engine.modules import Modules
from gapless_fields.callsites.engine.solver import Solver
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    Atomic,
    Bound,
    External,
    FunctionValue,
    Instance,
    Value,
    Values,
    union,
)


@dataclass(slots=True)
class Invocation:
    """A call that is written out, with what its arguments stand for."""

    state: State
    node: ast.Call
    arguments: list[Values]
    keywords: dict[str, Values]
    """By name; ``**`` is a dict that is unpacked."""

    @property
    def first(self) -> Values:
        """The first argument without a name."""
        return self.arguments[0] if self.arguments else ()

    @property
    def everything(self) -> list[Values]:
        """All arguments, in their order."""
        return [*self.arguments, *self.keywords.values()]

    def argument(self, position: int, *names: str) -> Values:
        """The argument at a position, or of one of some names."""
        named = (self.keywords.get(name, ()) for name in names)
        return union(*named, *self.arguments[position : position + 1])


class Rules(Protocol):
    """What things mean to a framework. ``None`` leaves them to Python's own meaning."""

    # Names and attributes

    def unbound(self, module: Module, name: str) -> Values:
        """What a module offers under a name that its own code does not show."""

    def attribute(self, state: State, value: Value, name: str, node: ast.expr) -> Values | None:
        """What ``value.name`` stands for."""

    def missing_attribute(
        self, state: State, value: Instance, name: str, node: ast.expr, found: Values
    ) -> Values:
        """The same, where no class of the project says it; ``found``: what else was found."""

    def guess(self, state: State, node: ast.Attribute, found: Values) -> Values:
        """The same, where nothing is known of the owner but how it is called."""

    # Values in expressions

    def iterate(self, state: State, node: ast.expr, value: Value) -> Values:
        """What a loop over a value of the rules' own yields."""

    def item(self, node: ast.Subscript, value: Value) -> Values:
        """What a subscript of a value of the rules' own yields."""

    def sum(self, state: State, node: ast.expr | ast.AugAssign, values: Values) -> Values:
        """What ``+`` or ``|`` makes of values of the rules' own."""

    # Calls

    def call(self, call: Invocation, called: Value) -> Values | None:
        """What calling a value returns; notes what it does."""

    def call_named(self, call: Invocation, called: Values) -> Values | None:
        """The same, by nothing but the name that is called; ``called``: what it stands for."""

    def calling(self, state: State, value: FunctionValue) -> None:
        """Notes what the call of a function of the project means for its receiver."""

    def call_function(self, function: Function, arguments: Sequence[Values]) -> Values | None:
        """What a function of the project returns that is known by its name or its decorators."""

    def chooses_classes(self, function: Function) -> bool:
        """Whether a function names classes that matter, so that their files are to be parsed."""

    def returned(self, owner: Class | None, receiver: Value | None, value: Value) -> Values:
        """What a method of ``owner`` that returns a value returns to this receiver."""

    def is_form_method(self, value: Value) -> bool:
        """Whether a value is a method of a form, of which the project may have its own."""

    def is_save(self, name: str) -> bool:
        """Whether a method of that name saves its row."""

    # What functions are given

    def receivers(self, state: State, function: Function, cls: Class) -> Values:
        """What ``self`` (or ``cls``) is in a method."""

    def parameter(self, state: State, function: Function, node: ast.arg) -> Values:
        """What a framework gives a function for one of its parameters."""

    def annotated(self, state: State, node: ast.AST, cls: Class) -> Values | None:
        """What an annotation stands for that names a class."""

    def annotated_with(self, generic: str, classes: list[Class]) -> Values | None:
        """... or that names one in the brackets of another one."""

    def matters(self, state: State, value: Value) -> bool:
        """Whether a function that is given a value may number a row by it."""

    def is_numbered(self, value: Value) -> bool:
        """Whether a value is a row of a numbered model, new or not."""

    def makes_another(self, function: Function, parameter: str) -> bool:
        """Whether a function makes a new row of the one that it is given."""

    # Statements

    def assigned(self, state: State, target: ast.expr, value: ast.expr, values: Values) -> None:
        """Notes what an assignment means."""

    def assigning(self, state: State, target: ast.Attribute, values: Values) -> None:
        """The same, before an attribute stands for the values."""

    def condition(self, state: State, test: ast.expr, branches: tuple[State, State]) -> bool:
        """Tells each branch what holds there; returns whether the test asks for a saved row."""

    def option_default(self, name: str) -> bool | None:
        """What an option is by default that a function declares without one."""

    def opened_by(self, values: Values) -> Atomic | None:
        """The transaction that ``with`` opens for some values."""

    def method(self, call: Invocation, bound: Bound) -> Values:
        """What a method returns that is not the project's own; notes what it does."""

    def defers(self, name: str) -> str:
        """How a call of that name runs what it is given, if it runs it later; else empty."""

    def connects(self, call: Invocation, names: set[str], target: Function | External) -> bool:
        """Notes a function that becomes a receiver or a method; False if it does not."""

    def keeps(self, names: set[str]) -> bool:
        """Whether a call of one of those names stands for what it is given, and runs nothing."""


class Reader(Protocol):
    """The parts of the engine, for one another and for the rules."""

    modules: Modules
    classes: Inheritance
    solver: Solver
    scanned: set[Module]
    """The modules that may number rows; functions of others are not looked into."""

    @property
    def rules(self) -> Rules:
        """What things mean to the frameworks."""

    def evaluate(self, state: State, node: ast.expr | None) -> Values:
        """What an expression stands for; notes the calls that it makes."""

    def iterated(self, state: State, node: ast.expr, values: Values) -> Values:
        """What a loop over some values yields."""

    def attribute(self, state: State, values: Values, name: str, node: ast.expr) -> Values:
        """What ``values.name`` stands for."""

    def call_value(self, call: Invocation, called: Value) -> Values:
        """What calling a value returns; notes what it does."""

    def call_function(
        self, state: State, node: ast.expr, value: FunctionValue, arguments: Sequence[Values] = ()
    ) -> Values:
        """Notes the call of a function of the project; tells what it returns."""

    def bind(self, state: State, target: ast.expr, values: Values) -> None:
        """Assigns to a name, an attribute or a tuple of those."""

    def block(self, state: State, body: list[ast.stmt]) -> None:
        """Reads statements, one after the other."""
