"""Calls that are noted: of functions by their name alone, of signals, of what is handed on."""

from __future__ import annotations

import ast
from abc import abstractmethod

from gapless_fields.callsites.definitions import Function
from gapless_fields.callsites.facts import Call, Method, Named, Sent, Signal
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.giving import Giving, given_parameters
from gapless_fields.callsites.values import (
    Bound,
    Constant,
    External,
    Form,
    FunctionValue,
    Parameter,
    Value,
    Values,
    union,
)
from gapless_fields.callsites.vocabulary import DEFERRING, SAVING_OPTIONS, SEQUENTIAL, TRANSPARENT

_IN_PLACE = SEQUENTIAL | {"map", "sum", "any", "all", "min", "max", "next"}


class Handing(Giving):
    @abstractmethod
    def call_value(
        self,
        frame: Frame,
        node: ast.Call,
        called: Value,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        """What calling a value returns; notes what it does."""

    def noted(self, frame: Frame, node: ast.expr, target: External | Method | Named | Sent) -> None:
        """Remember a call of what may turn out to be a function of the project."""
        how = self.deferred or "direct"
        call = node if isinstance(node, ast.Call) else None
        frame.called(Call(target, frame.open, how, node.lineno, node=call))

    def note_by_name(self, frame: Frame, node: ast.Call, called: Values) -> None:
        """Remember the name of a method where nothing is known of what it is called on."""
        if not isinstance(node.func, ast.Attribute):
            return
        owner = node.func.value
        on = last_name_of(owner.func if isinstance(owner, ast.Call) else owner)
        if node.func.attr.startswith(("send", "asend")):
            self.noted(frame, node, Sent(on))
        is_form = any(isinstance(v, Bound) and isinstance(v.receiver, Form) for v in called)
        if is_form or all(isinstance(v, External) and _is_instance(v) for v in called):
            self.noted(frame, node, Named(node.func.attr, on, is_form))

    def hand_over(
        self,
        frame: Frame,
        node: ast.Call,
        called: Values,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> None:
        """Functions among the arguments: called here, later, or who knows when."""
        if all(keywords.get(name) != (Constant(False),) for name in SAVING_OPTIONS):
            self.give(frame, node, called, [*arguments, *keywords.values()])
        given = union(*arguments, *keywords.values())
        names = {last_name(value) for value in called} or {last_name_of(node.func)}
        how = next((DEFERRING[name] for name in names if name in DEFERRING), "")
        handed = [value for value in given if _may_be_called(value)]
        if how == "queue":
            strings = [value.value for value in given if isinstance(value, Constant)]
            handed += [External(path) for path in strings if isinstance(path, str)]
        if names & (TRANSPARENT | {"atomic", "dict"}):  # ``dict(issue=issue)`` is a table
            return
        for value in handed:
            if isinstance(value, FunctionValue | External):
                target = value.function if isinstance(value, FunctionValue) else value
                if how:
                    frame.called(Call(target, (), how, node.lineno))
                elif _is_generator(value) or names & _IN_PLACE:
                    self.call_value(frame, node, value, [], {})
                elif names == {"add_to_class"}:
                    added = [v.value for v in given if isinstance(v, Constant)]
                    via_name = Named(str(added[0]) if added else "", "")
                    frame.called(Call(target, (), "named", node.lineno, named=via_name))
                elif names == {"connect"} and isinstance(node.func, ast.Attribute):
                    signal = Signal(last_name_of(node.func.value), keywords.get("sender", ()))
                    frame.called(Call(target, (), "connected", node.lineno, signal=signal))
                else:
                    within = value.within if isinstance(value, FunctionValue) else ()
                    opened = (*frame.open, *within)
                    via = _parameter_for(value, node, called, [*arguments, *keywords.values()])
                    how_else = "handed" if via else "escapes"
                    frame.called(Call(target, opened, how_else, node.lineno, via=via))
            elif how:
                self.deferred = how
                self.call_value(frame, node, value, [], {})
                self.deferred = ""


def _is_instance(value: External) -> bool:
    """Whether a method's path leads through something that another package returned."""
    owner = value.path.rpartition(".")[0]
    return "()" in owner or owner.split(".")[0] == "request"


def _may_be_called(value: Value) -> bool:
    """Whether a value is a function, or a name that was passed over and may be one."""
    match value:
        case FunctionValue() | Bound():
            return True
        case External(path):
            return "()" not in path and not path.startswith(("builtins.", "django.", "request"))
    return False


def _is_generator(value: FunctionValue | External) -> bool:
    function = getattr(value, "function", None)
    return isinstance(function, Function) and isinstance(function.node, ast.GeneratorExp)


def _parameter_for(
    handed: FunctionValue | External, node: ast.Call, called: Values, arguments: list[Values]
) -> Parameter | None:
    """The parameter that a function of the project gets another one by."""
    functions = [value for value in called if isinstance(value, FunctionValue)]
    if len(functions) != 1:
        return None
    function = functions[0].function
    given = given_parameters(function, node)
    for name, values in zip(given, arguments, strict=False):
        if handed in values and name:
            return Parameter(function, name)
    return None


def last_name(value: Value) -> str:
    """The last name of what is called."""
    match value:
        case External(path):
            return path.rpartition(".")[2]
        case Bound(name=name):
            return name
        case FunctionValue(function):
            return function.name if function.cls is None else ""
    return ""


def last_name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
