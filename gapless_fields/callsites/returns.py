"""What the project's functions return, as values of their callers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf
from typing import NamedTuple

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Facts
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.giving import given_parameters
from gapless_fields.callsites.handing import Handing
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    Form,
    FunctionValue,
    Items,
    Manager,
    Object,
    Parameter,
    Value,
    Values,
    union,
)


class Returns(Handing):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._parts: dict[tuple[ast.expr, int], ast.expr] = {}

    def returned_by(
        self,
        frame: Frame,
        node: ast.expr,
        value: FunctionValue,
        arguments: SequenceOf[Values] = (),
    ) -> Values:
        """What a call of a function of the project returns."""
        facts = self.facts(value.function)
        unsaved = facts.unsaved.union(*_left_unsaved(facts, node))
        handed = _arguments_of(value.function, node, arguments)
        call = _Called(frame, node, value, unsaved, handed)
        return union(*(self._returned(call, node, returned) for returned, _ in facts.returns))

    def holds_numbered(self, arguments: SequenceOf[Values]) -> bool:
        """Whether a row of a numbered model is among the arguments."""
        rows = (v.cls for values in arguments for v in values if isinstance(v, Object))
        return any(isinstance(cls, Class) and self.target_of(cls) is not None for cls in rows)

    def _part(self, node: ast.expr, position: int) -> ast.expr:
        """The origin of one of several rows, or lists of rows, that a call returns."""
        return self._parts.setdefault((node, position), ast.Constant(position, lineno=node.lineno))

    def _is_for_others(self, call: _Called, returned: Object | Form) -> bool:
        """Whether a function returns a row, or form, of a class that another call gives it."""
        function, cls = call.value.function, returned.cls
        if not isinstance(cls, Class) or cls.name.encode() in function.text:
            return False
        for argument in function.arguments:
            given = self.given.get(Parameter(function, argument.arg), {})
            if any(_class_of(value) is cls for value in given):
                return all(_class_of(v) is not cls for v in call.handed.get(argument.arg, ()))
        return False

    def _is_of_another_view(self, call: _Called, cls: Class) -> bool:
        """Whether a base view's method returns a row of a model that the caller's is not of."""
        owner, view = call.value.function.cls, _class_of(call.value.receiver)
        if owner is None or owner not in self.serving or view is None or view is owner:
            return False
        if self.target_of(cls) is None or not self.is_view(view):
            return False
        models = [model for model, _ in self.view_forms(view)]
        return cls not in (*models, *self.view_models(view))

    def _returned(self, call: _Called, node: ast.expr, returned: Value) -> Values:
        """What a call returns, as a value of the caller: of its receiver's class, from here."""
        frame, receiver = call.frame, call.value.receiver
        function = call.value.function
        owner = function.cls
        name = self.name_of_given(function, returned)
        if name is not None and receiver is not None and name == function.arguments[0].arg:
            return (receiver,)
        if name is not None:  # what this call gives it, not what others do
            given = call.handed.get(name, ())
            return _new_ones(frame, node, given) if name in self.facts(function).renewed else given
        match returned:
            case Object() | Form() if self._is_for_others(call, returned):
                return ()
            case Object(Class() as cls) if self._is_of_another_view(call, cls):
                return ()
            case Object(Class() as cls):
                if returned.origin in call.unsaved:
                    frame.fresh.add(node)
                if owner is not None and cls in self.stand_ins(owner):
                    actual = getattr(receiver, "cls", None)
                    cls = actual if isinstance(actual, Class) else cls
                if isinstance(receiver, Manager) and owner is not None:
                    cls = receiver.model if cls in self.managed.get(owner, ()) else cls
                return (Object(cls, node, returned.loose),)
            case Form(model, form):
                if returned.origin in call.unsaved:
                    frame.fresh.add(node)
                return (Form(model, form, node, returned.many),)
            case Items(elements, fixed):
                several = fixed and len(elements) > 1
                parts = [self._part(node, i) if several else node for i in range(len(elements))]
                found = [
                    union(*(self._returned(call, part, v) for v in element))
                    for part, element in zip(parts, elements, strict=True)
                ]
                return (Items(tuple(found), fixed, returned.keys),)
            case Manager(model) if isinstance(receiver, Manager) and owner is not None:
                return (receiver,) if model in self.managed.get(owner, ()) else (returned,)
        return (returned,)


class _Called(NamedTuple):
    """A call of a function of the project, as far as it says what that returns."""

    frame: Frame
    node: ast.expr
    value: FunctionValue
    unsaved: set[ast.AST]
    """The origins of what the function leaves unsaved."""
    handed: dict[str, Values]
    """What the call hands to each parameter."""


def _arguments_of(
    function: Function, node: ast.expr, arguments: SequenceOf[Values]
) -> dict[str, Values]:
    if not isinstance(node, ast.Call):
        return {}
    return dict(zip(given_parameters(function, node), arguments, strict=False))


def _new_ones(frame: Frame, node: ast.expr, values: Values) -> Values:
    """What ``clone(row)`` returns, which sets the primary key to None."""
    frame.fresh.add(node)
    return tuple(Object(value.cls, node) for value in values if isinstance(value, Object))


def _class_of(value: Value | None) -> Class | None:
    cls = getattr(value, "cls", None)
    return cls if isinstance(cls, Class) else None


def _left_unsaved(facts: Facts, node: ast.expr) -> Iterator[set[ast.AST]]:
    """The origins of what ``make(save=False)`` leaves to its caller."""
    for keyword in node.keywords if facts.optional and isinstance(node, ast.Call) else ():
        default = facts.function.defaults.get(keyword.arg or "")
        match keyword.value, default:
            case ast.Constant(bool() as given), ast.Constant(bool() as usual):
                if given is not usual and keyword.arg is not None:
                    yield facts.optional.get(keyword.arg, set())
