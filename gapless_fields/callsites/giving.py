"""New rows, lists of those, models and forms that functions are given."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as SequenceOf
from dataclasses import replace

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.externals import Externals
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    MOST_ALTERNATIVES,
    ClassValue,
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
from gapless_fields.callsites.vocabulary import SAVING

_RENEWING = re.compile(rb"\.(pk|id) = None|\.adding = True")
_TWINNING = re.compile(rb"\.__class__\(|\btype\(\w+\)\(")


class Giving(Externals):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.given: defaultdict[Parameter, dict[Value, bool]] = defaultdict(dict)
        """What functions are given to save: each with whether it is a new instance."""
        self.givers: defaultdict[Function, dict[tuple[Function, int], None]] = defaultdict(dict)
        """For each function, the calls that do so: the caller and the line."""
        self._gave: defaultdict[Function, dict[tuple[Parameter, Value], None]] = defaultdict(dict)
        """For each function, what it gives to others."""
        self._before: dict[Function, dict[tuple[Parameter, Value], None]] = {}
        """... and what it gave when it was read before, while it is read again."""
        self._origins: dict[tuple[Parameter, object], ast.expr] = {}
        """Where the rows of a class come from, for the function that they are given to."""
        self._parameters: dict[ast.AST, Parameter] = {}
        self._renewed: set[Parameter] = set()
        """Those whose rows a function makes new ones of."""
        self.given_anew: set[Function] = set()
        """The functions to read again, because one of them gave another something more."""

    def read_again(self, functions: Iterable[Function]) -> None:
        self.given_anew.update(functions)

    def give(self, frame: Frame, node: ast.Call, called: Values, arguments: list[Values]) -> None:
        """Remember the unsaved rows, lists of those, and models that a function is given."""
        for value in called:
            if isinstance(value, FunctionValue) and isinstance(value.receiver, Object):
                self._give_receiver(frame, node, value.function, value.receiver)
        everything = union(*arguments)
        if not any(self._may_number(frame, v) or self._is_numbered(v) for v in everything):
            return
        meant = (function for value in called for function in self._meant(frame, value))
        functions = dict.fromkeys(meant)
        for function in functions:
            # Of several views' methods, what they make and save is their own; a row is handed on.
            self._give_to(frame, node, function, arguments, rows_alone=len(functions) > 1)

    def _give_to(
        self,
        frame: Frame,
        node: ast.Call,
        function: Function,
        arguments: list[Values],
        *,
        rows_alone: bool,
    ) -> None:
        for name, values in zip(given_parameters(function, node), arguments, strict=False):
            for one in values if name else ():
                if rows_alone and not isinstance(one, Object):
                    continue
                if self._may_number(frame, one) or (
                    self._is_numbered(one) and self._makes_another(function, name)
                ):
                    self._give_one(frame, node, Parameter(function, name), one)

    def _is_numbered(self, value: Value) -> bool:
        cls = value.cls if isinstance(value, Object) else None
        return isinstance(cls, Class) and self.target_of(cls) is not None

    def _makes_another(self, function: Function, name: str) -> bool:
        """Whether a function makes a new row of the one that it is given.

        By ``row.pk = None``, or by ``row.__class__()``.
        """
        if _TWINNING.search(function.text) is not None:
            return True
        if _RENEWING.search(function.text) is not None and name in self.facts(function).renewed:
            self._renewed.add(Parameter(function, name))
        return Parameter(function, name) in self._renewed

    def _give_receiver(self, frame: Frame, node: ast.Call, function: Function, row: Object) -> None:
        """``invoice.finish()``, where the method saves ``self``, which is new."""
        is_row = isinstance(row.cls, Class) and self.target_of(row.cls) is not None
        if is_row and not row.loose and frame.is_fresh(row) and function.name not in SAVING:
            for argument in function.arguments[:1]:
                self._give_one(frame, node, Parameter(function, argument.arg), row)

    def _give_one(self, frame: Frame, node: ast.Call, parameter: Parameter, one: Value) -> None:
        known = self.given[parameter]
        if one in known or len(known) < MOST_ALTERNATIVES:
            function, giver = parameter.function, frame.function
            if (parameter, one) not in self._before.get(giver, self._gave[giver]):
                self.given_anew |= {function, _outermost(giver)}
            self._gave[giver][parameter, one] = None
            known[one] = any(frame.is_fresh(each) for each in elements_of((one,)) or (one,))
            self.givers[function][giver, node.lineno] = None
            saved = self.facts(function).saved
            for row in (one, *elements_of((one,))):
                if isinstance(row, Object | Form) and self._origin(parameter, row) in saved:
                    frame.fresh.discard(row.origin)

    def taken(self, parameter: Parameter, value: Value) -> Value:
        """What a function takes a value for that it is given: one of whatever calls give it."""
        match value:
            case Object() | Form():
                return replace(value, origin=self._origin(parameter, value))
            case Items(elements):
                taken = (tuple(self.taken(parameter, v) for v in values) for values in elements)
                return replace(value, elements=tuple(tuple(dict.fromkeys(v)) for v in taken))
        return value

    def _origin(self, parameter: Parameter, row: Object | Form) -> ast.expr:
        """Where a row of that class comes from, for the function that it is given to."""
        key = parameter, row.model if isinstance(row, Form) else row.cls
        origin = self._origins.setdefault(key, ast.Constant(parameter.name))
        self._parameters[origin] = parameter
        return origin

    def give_anew(self, giver: Function) -> None:
        """Remember what a function gave to others, before it is read again."""
        self._before[giver] = self._gave.pop(giver, {})

    def given_again(self, giver: Function) -> None:
        """Forget what a function that was read again does not give any more."""
        now = self._gave[giver]
        for parameter, value in self._before.pop(giver, {}):
            if (parameter, value) not in now:
                function = parameter.function
                self.given[parameter].pop(value, None)
                if all(other.function is not function for other, _ in now):
                    calls = self.givers[function]
                    self.givers[function] = {c: None for c in calls if c[0] is not giver}
                self.given_anew.add(function)

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
        parameter = self._parameters.get(origin) if origin is not None else None
        return parameter.name if parameter is not None and parameter.function is function else None

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


def given_parameters(function: Function, node: ast.Call) -> list[str]:
    """The names of the parameters that a call's arguments go to; empty where not known."""
    names = [argument.arg for argument in function.arguments]
    is_method = function.cls is not None and function.outer is None
    if is_method and not function.has_decorator("staticmethod"):
        names = names[1:]
    positional = [*names, *[""] * len(node.args)][: len(node.args)]
    by_name = [keyword.arg or "" for keyword in node.keywords]
    return [*positional, *(name if name in names else "" for name in by_name)]
