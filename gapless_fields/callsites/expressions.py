"""What an expression stands for, calls aside."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.attributes import Attributes
from gapless_fields.callsites.definitions import Function
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    Constant,
    Form,
    FunctionValue,
    Items,
    Manager,
    Object,
    Sequence,
    Values,
    elements_of,
    is_deep,
    may_be_a_row,
    union,
)

MOST_ELEMENTS = 100
"""Longer tuples, lists and dicts are data, of which no more is remembered."""


class Expressions(Attributes):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.local_functions: dict[ast.AST, Function] = {}
        """Each function in a function, however often that one is read."""
        self.makers: dict[str, Function] = {}
        """The methods that return a new row, by names that only they have."""
        self.closures: dict[Function, Frame] = {}
        """Where each nested function was defined: its free variables are those of that frame."""

    @abstractmethod
    def one_added(self, frame: Frame, node: ast.expr | ast.AugAssign, values: Values) -> Values:
        """The next number, where 1 is added to the highest one."""

    @abstractmethod
    def call(self, frame: Frame, node: ast.Call) -> Values:
        """What a call returns; notes what it does."""

    def evaluate(self, frame: Frame, node: ast.expr | None) -> Values:
        match node:
            case None:
                return ()
            case ast.Name(id=name):
                return self._name(frame, node, name)
            case ast.Attribute():
                return self._attribute(frame, node)
            case ast.Call():
                return self.call(frame, node)
            case ast.Constant(value=None | bool() | int() | str() as constant):
                return (Constant(constant),)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.evaluate(frame, test)
                return union(self.evaluate(frame, body), self.evaluate(frame, orelse))
            case ast.BinOp(left=left, right=right, op=ast.Add() | ast.BitOr()):
                found = union(self.evaluate(frame, left), self.evaluate(frame, right))
                added = tuple(value for value in found if isinstance(value, Items | Manager))
                return added + self.one_added(frame, node, found)
            case ast.BoolOp(values=operands):
                return union(*(self.evaluate(frame, operand) for operand in operands))
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                frame.env[name] = self.evaluate(frame, value)
                return frame.env[name]
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.evaluate(frame, value)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return self._items(frame, elements)
            case ast.Dict(keys=keys, values=values):
                names = tuple(key_of(self.evaluate(frame, key)) for key in keys)
                items = tuple(self.evaluate(frame, value) for value in values)
                held = Items(items, False, names)
                return (held,) if len(items) <= MOST_ELEMENTS and not is_deep(held) else ()
            case ast.Subscript():
                return self._subscript(frame, node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                return self.comprehension(frame, node)
            case ast.Lambda() | ast.GeneratorExp():
                return (FunctionValue(self.nested(frame, node)),)
            case ast.Yield() | ast.YieldFrom():
                frame.facts.yields.append(frame.open)
                return self._children(frame, node)
            case _:
                return self._children(frame, node)

    def _children(self, frame: Frame, node: ast.AST) -> Values:
        """Whatever else it is: note the calls inside."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(frame, child)
            elif isinstance(child, ast.keyword | ast.FormattedValue):
                self.evaluate(frame, child.value)
        return ()

    def nested(self, frame: Frame, node: ast.Lambda | ast.GeneratorExp) -> Function:
        """The function that a lambda or generator expression is."""
        function = self.local_functions.get(node)
        if function is None:
            function = Function(node, frame.module, frame.cls, frame.function)
            self.local_functions[node] = function
        if function not in frame.facts.nested:
            frame.facts.nested.append(function)
            self.closures[function] = frame
        return function

    def comprehension(
        self, frame: Frame, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> Values:
        """Its elements are made where it stands (for a generator: where it is consumed)."""
        outer = dict(frame.env)
        for generator in node.generators:
            self.bind(frame, generator.target, self.iterate(frame, generator.iter))
            for condition in generator.ifs:
                self.evaluate(frame, condition)
        if isinstance(node, ast.DictComp):
            self.evaluate(frame, node.key)
            element = self.evaluate(frame, node.value)
        else:
            element = self.evaluate(frame, node.elt)
        frame.env = outer
        return (Items((element,), fixed=False),)

    def iterate(self, frame: Frame, node: ast.expr) -> Values:
        """What a loop over an expression binds its target to."""
        return self.iterated(frame, node, self.evaluate(frame, node))

    def iterated(self, frame: Frame, node: ast.expr, values: Values) -> Values:
        found: list[Values] = [elements_of(values)]
        for value in values:
            match value:
                case Manager(model):
                    found.append((Object(model, node),))
                case Form(model, cls, origin, many=True):
                    found.append((Form(model, cls, origin),))
                case FunctionValue(Function(node=ast.GeneratorExp())):
                    found.append(elements_of(self.call_function(frame, node, value)))
                case Sequence(using):
                    self.take(frame, node, "next()", using)
        return union(*found)

    @abstractmethod
    def take(self, frame: Frame, node: ast.expr, call: str, using: str | None) -> None:
        """Note that a number is taken from a sequence."""

    @abstractmethod
    def bind(self, frame: Frame, target: ast.expr, values: Values) -> None:
        """Assign to a name, attribute or tuple of those."""

    def _items(self, frame: Frame, elements: list[ast.expr]) -> Values:
        if len(elements) > MOST_ELEMENTS:
            for element in elements:
                self.evaluate(frame, element)
            return ()
        found: list[Values] = []
        fixed = True
        for element in elements:
            values = self.evaluate(frame, element)
            if isinstance(element, ast.Starred):
                fixed = False
                values = self.iterated(frame, element, values)
            found.append(values)
        items = Items(tuple(found), fixed)
        return () if is_deep(items) else (items,)

    def _subscript(self, frame: Frame, node: ast.Subscript) -> Values:
        values = self.evaluate(frame, node.value)
        index = self.evaluate(frame, node.slice)
        found: list[Values] = []
        for value in values:
            match value, index:
                case Items(elements, True), (Constant(int() as position),) if (
                    -len(elements) <= position < len(elements)
                ):
                    found.append(elements[position])
                case Items(keys=keys), (Constant(str() as key),) if key in keys:
                    found.append(value.at(key))
                case Items(), _:
                    found.append(
                        (value,) if isinstance(node.slice, ast.Slice) else elements_of((value,))
                    )
                case Manager(model), _:
                    found.append(
                        (value,) if isinstance(node.slice, ast.Slice) else (Object(model, node),)
                    )
        return union(*found)

    def _name(self, frame: Frame, node: ast.Name, name: str) -> Values:
        if name in frame.env:
            return frame.env[name]
        return self.global_name(frame, name)

    def _attribute(self, frame: Frame, node: ast.Attribute) -> Values:
        path = path_of(node)
        if path and path in frame.env:
            self.evaluate(frame, node.value)
            return frame.env[path]
        values = self.evaluate(frame, node.value)
        found = self.attribute(frame, values, node.attr, node)
        if all(may_be_a_row(value) for value in values):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if not any(isinstance(value, Manager) for value in found):
                found = self.guessed_manager(name, node.attr) or found
            if node.attr in self.makers:
                return self._made_by(frame, node, self.makers[node.attr])
        return found

    def _made_by(self, frame: Frame, node: ast.Attribute, maker: Function) -> Values:
        """A method that returns a new row, or what a property does, of who knows what."""
        function = FunctionValue(maker)
        if maker.has_decorator("property", "cached_property"):
            return self.call_function(frame, node, function)
        return (function,)


def path_of(node: ast.expr) -> str:
    """``a.b.c`` as text; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := path_of(node.value)):
        return f"{head}.{node.attr}"
    return ""


def key_of(values: Values) -> str | None:
    """The key of a dict, where it is a text that is written out."""
    match values:
        case (Constant(str() as key),):
            return key
    return None
