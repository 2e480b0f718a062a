"""What the project's functions return, as values of their callers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Facts, Frame
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
        function = value.function
        found: list[Values] = []
        facts = self.facts(function)
        unsaved = facts.unsaved.union(*_left_unsaved(facts, node))
        for returned, _ in facts.returns:
            name = self.name_of_given(function, returned)
            if name is None and self._is_for_others(function, returned, node, arguments):
                continue
            if name is None:
                found.append(self._returned(frame, node, returned, unsaved, value))
            elif value.receiver is not None and name == function.arguments[0].arg:
                found.append((value.receiver,))
            elif isinstance(node, ast.Call):  # what this call gives it, not what others do
                names = given_parameters(function, node)
                given = [v for n, v in zip(names, arguments, strict=False) if n == name]
                is_renewed = name in self.facts(function).renewed
                found += [_new_ones(frame, node, v) for v in given] if is_renewed else given
        return union(*found)

    def holds_numbered(self, arguments: SequenceOf[Values]) -> bool:
        """Whether a row of a numbered model is among the arguments."""
        rows = (v.cls for values in arguments for v in values if isinstance(v, Object))
        return any(isinstance(cls, Class) and self.target_of(cls) is not None for cls in rows)

    def _part(self, node: ast.expr, position: int) -> ast.expr:
        """The origin of one of several rows, or lists of rows, that a call returns."""
        return self._parts.setdefault((node, position), ast.Constant(position, lineno=node.lineno))

    def _is_for_others(
        self,
        function: Function,
        returned: Value,
        node: ast.expr,
        arguments: SequenceOf[Values],
    ) -> bool:
        """Whether a function returns a row of the class of what another call gives it."""
        cls = returned.cls if isinstance(returned, Object) else None
        if not isinstance(cls, Class) or cls.name.encode() in function.text:
            return False
        if not isinstance(node, ast.Call):
            return False
        for name, values in zip(given_parameters(function, node), arguments, strict=False):
            given = self.given.get(Parameter(function, name), {})
            if any(_class_of(value) is cls for value in given):
                return all(_class_of(value) is not cls for value in values)
        return False

    def _returned(
        self,
        frame: Frame,
        node: ast.expr,
        returned: Value,
        unsaved: set[ast.AST],
        called: FunctionValue,
    ) -> Values:
        """What a call returns, as a value of the caller: of its receiver's class, from here."""
        owner = called.function.cls
        receiver = called.receiver
        match returned:
            case Object(Class() as cls):
                if returned.origin in unsaved:
                    frame.fresh.add(node)
                if owner is not None and cls in self.stand_ins(owner):
                    actual = getattr(receiver, "cls", None)
                    cls = actual if isinstance(actual, Class) else cls
                if isinstance(receiver, Manager) and owner is not None:
                    cls = receiver.model if cls in self.managed.get(owner, ()) else cls
                return (Object(cls, node, returned.loose),)
            case Form(model, form):
                if returned.origin in unsaved:
                    frame.fresh.add(node)
                return (Form(model, form, node, returned.many),)
            case Items(elements, fixed):
                several = fixed and len(elements) > 1
                parts = [self._part(node, i) if several else node for i in range(len(elements))]
                found = [
                    union(*(self._returned(frame, part, v, unsaved, called) for v in element))
                    for part, element in zip(parts, elements, strict=True)
                ]
                return (Items(tuple(found), fixed, returned.keys),)
            case Manager(model) if isinstance(receiver, Manager) and owner is not None:
                return (receiver,) if model in self.managed.get(owner, ()) else (returned,)
        return (returned,)


def _new_ones(frame: Frame, node: ast.Call, values: Values) -> Values:
    """What ``clone(row)`` returns, which sets the primary key to None."""
    frame.fresh.add(node)
    return tuple(Object(value.cls, node) for value in values if isinstance(value, Object))


def _class_of(value: Value) -> Class | None:
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
