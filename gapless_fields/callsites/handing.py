"""Calls that are noted: of functions by their name alone, of signals, of what is handed on."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.externals import Externals
from gapless_fields.callsites.facts import Call, Frame, Method, Named, Sent, Signal
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    MOST_ALTERNATIVES,
    Bound,
    ClassValue,
    Constant,
    External,
    Form,
    FunctionValue,
    Items,
    Manager,
    Object,
    Parameter,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.vocabulary import DEFERRING, SAVING, SEQUENTIAL, TRANSPARENT

_IN_PLACE = SEQUENTIAL | {"map", "sum", "any", "all", "min", "max", "next"}

_SAVING_OPTIONS = ("save", "commit")
"""Where one is False, a function leaves the row that it is given to its caller."""


class Handing(Externals):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.given: defaultdict[Parameter, dict[Value, bool]] = defaultdict(dict)
        """What functions are given to save: each with whether it is a new instance."""
        self.givers: set[tuple[Function, Function, int]] = set()
        """The calls that do so: the function, its caller and the line."""
        self.given_anew: set[Function] = set()
        """The functions to read again, because one of them gave another something more."""

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
        frame.called(Call(target, frame.open, how, node.lineno))

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
        if all(keywords.get(name) != (Constant(False),) for name in _SAVING_OPTIONS):
            self._give(frame, node, called, [*arguments, *keywords.values()])
        given = union(*arguments, *keywords.values())
        handed = [value for value in given if _may_be_called(value)]
        if not handed:
            return
        names = {last_name(value) for value in called} or {last_name_of(node.func)}
        how = next((DEFERRING[name] for name in names if name in DEFERRING), "")
        if names & (TRANSPARENT | {"atomic"}):
            return
        for value in handed:
            if isinstance(value, FunctionValue | External):
                target = value.function if isinstance(value, FunctionValue) else value
                if how:
                    frame.called(Call(target, (), how, node.lineno))
                elif _is_generator(value) or names & _IN_PLACE:
                    self.call_value(frame, node, value, [], {})
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

    def _give(self, frame: Frame, node: ast.Call, called: Values, arguments: list[Values]) -> None:
        """Remember the unsaved rows, lists of those, and models that a function is given."""
        for value in called:
            if isinstance(value, FunctionValue) and isinstance(value.receiver, Object):
                self._give_receiver(frame, node, value.function, value.receiver)
        if not any(self._may_number(frame, value) for value in union(*arguments)):
            return
        functions = {function for value in called for function in self._meant(frame, value)}
        if len(functions) != 1:  # whichever of several views: what they save is their own
            return
        function = functions.pop()
        for name, values in zip(given_parameters(function, node), arguments, strict=False):
            for one in values if name else ():
                if self._may_number(frame, one):
                    self._give_one(frame, node, Parameter(function, name), one)

    def _give_receiver(
        self, frame: Frame, node: ast.Call, function: Function, row: Object
    ) -> None:
        """``invoice.finish()``, where the method saves ``self``, which is new."""
        is_row = isinstance(row.cls, Class) and self.target_of(row.cls) is not None
        if is_row and not row.loose and frame.is_fresh(row) and function.name not in SAVING:
            for argument in function.arguments[:1]:
                self._give_one(frame, node, Parameter(function, argument.arg), row)

    def _give_one(self, frame: Frame, node: ast.Call, parameter: Parameter, one: Value) -> None:
        known = self.given[parameter]
        if len(known) < MOST_ALTERNATIVES:
            function = parameter.function
            if one not in known:
                self.given_anew |= {function, _outermost(frame.function)}
            known[one] = any(frame.is_fresh(each) for each in elements_of((one,)) or (one,))
            self.givers.add((function, frame.function, node.lineno))
            frame.fresh -= self.facts(function).saved

    def _meant(self, frame: Frame, called: Value) -> Iterator[Function]:
        values: Values = (called,)
        if isinstance(called, External) and not called.path.startswith(("builtins.", "django.")):
            values = self.passed_over(called, frame.module)
        for value in values:
            if isinstance(value, FunctionValue):
                yield value.function

    def name_of_given(self, function: Function, value: Value) -> str | None:
        """The parameter by which a function was given a value; None for its own."""
        if isinstance(value, Parameter):
            return value.name if value.function is function else None
        origin = value.origin if isinstance(value, Object | Form) else None
        if origin not in self.facts(function).given:
            return None
        names = [argument.arg for argument in function.arguments]
        return next((n for n in names if value in self.given.get(Parameter(function, n), ())), None)

    def _may_number(self, frame: Frame, value: Value) -> bool:
        match value:
            case Object(loose=True):
                return False
            case Object(Class() as cls) | Form(cls):
                numbers = frame.is_fresh(value) and self.target_of(cls) is not None
                return numbers or (isinstance(value, Object) and self.owns_numbered(cls))
            case ClassValue(cls) | Manager(cls):
                models = (cls, *self.form_models(cls)) if isinstance(value, ClassValue) else (cls,)
                return any(self.target_of(model) is not None for model in models)
            case Items():
                return any(self._may_number(frame, inner) for inner in elements_of((value,)))
        return False


def _outermost(function: Function) -> Function:
    while function.outer is not None:
        function = function.outer
    return function


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


def given_parameters(function: Function, node: ast.Call) -> list[str]:
    """The names of the parameters that a call's arguments go to; empty where not known."""
    names = [argument.arg for argument in function.arguments]
    if function.cls is not None and not function.has_decorator("staticmethod"):
        names = names[1:]
    positional = [*names, *[""] * len(node.args)][: len(node.args)]
    by_name = [keyword.arg or "" for keyword in node.keywords]
    return [*positional, *(name if name in names else "" for name in by_name)]


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
