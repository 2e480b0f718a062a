"""What an expression stands for, calls aside."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.protocol import Reader
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import path_of
from gapless_fields.callsites.engine.values import (
    Constant,
    FunctionValue,
    Items,
    Values,
    elements_of,
    is_data,
    is_deep,
    is_nothing_known,
    key_of,
    shallow,
    union,
)

MOST_ELEMENTS = 100
"""Longer tuples, lists and dicts are data, of which no more is remembered."""

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Expressions:
    """Evaluates expressions.

    Args:
        reader: the engine.
        call: what a call returns.
    """

    def __init__(self, reader: Reader, call: Callable[[State, ast.Call], Values]) -> None:
        self._reader = reader
        self._call = call
        self._consuming: set[ast.GeneratorExp] = set()
        self.local_functions: dict[ast.AST, Function] = {}
        """Each function in a function, however often that one is read."""
        self.closures: dict[Function, State] = {}
        """Where each nested function was defined: its free variables are those of that state."""

    def evaluate(self, state: State, node: ast.expr | None) -> Values:
        # First what two of three expressions are: ``match`` tries its cases in their order.
        if isinstance(node, ast.Name):
            found = state.env.get(node.id)
            return self._reader.modules.global_name(state, node.id) if found is None else found
        if isinstance(node, ast.Attribute):
            return self._attribute(state, node)
        if isinstance(node, ast.Call):
            return self._call(state, node)
        return self._evaluate(state, node)

    def _evaluate(self, state: State, node: ast.expr | None) -> Values:
        match node:
            case None:
                return ()
            case ast.Constant(value=None | bool() | int() | str() as constant):
                return (Constant(constant),)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.evaluate(state, test)
                return union(self.evaluate(state, body), self.evaluate(state, orelse))
            case ast.BinOp(left=left, right=right, op=ast.Add() | ast.BitOr()):
                found = union(self.evaluate(state, left), self.evaluate(state, right))
                added = tuple(value for value in found if isinstance(value, Items))
                return added + self._reader.rules.sum(state, node, found)
            case ast.BoolOp(values=operands):
                return union(*(self.evaluate(state, operand) for operand in operands))
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                state.env[name] = self.evaluate(state, value)
                return state.env[name]
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.evaluate(state, value)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return self._items(state, elements)
            case ast.Dict(keys=keys, values=values):
                names = tuple(key_of(self.evaluate(state, key)) for key in keys)
                items = tuple(self.evaluate(state, value) for value in values)
                held = Items(items, False, names)
                return (held,) if len(items) <= MOST_ELEMENTS and not is_deep(held) else ()
            case ast.Subscript():
                return self._subscript(state, node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                return self.comprehension(state, node)
            case ast.Lambda() | ast.GeneratorExp():
                return (FunctionValue(self.define(state, node)),)
            case ast.Yield(value=one):
                state.summary.yields.append(state.open)
                self._yielded(state, self.evaluate(state, one))
                return ()
            case ast.YieldFrom(value=several):
                state.summary.yields.append(state.open)
                found = self.evaluate(state, several)
                self._yielded(state, self._reader.iterated(state, several, found))
                return ()
        return self._children(state, node)

    def _yielded(self, state: State, values: Values) -> None:
        """Note that a generator returns what it yields, one after the other."""
        held = tuple(value for value in shallow(values) if not is_data(value))
        if held:
            state.note_returned(Items((held,), fixed=False))

    def _children(self, state: State, node: ast.AST) -> Values:
        """Whatever else it is: note the calls inside."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(state, child)
            elif isinstance(child, ast.keyword | ast.FormattedValue):
                self.evaluate(state, child.value)
        return ()

    def _attribute(self, state: State, node: ast.Attribute) -> Values:
        path = path_of(node)
        if path and path in state.env:
            self.evaluate(state, node.value)
            return state.env[path]
        values = self.evaluate(state, node.value)
        found = self._reader.attribute(state, values, node.attr, node)
        if all(is_nothing_known(value) for value in values):
            return self._reader.rules.guess(state, node, found)
        return found

    def _items(self, state: State, elements: list[ast.expr]) -> Values:
        found: list[Values] = []
        fixed = True
        for element in elements:
            values = self.evaluate(state, element)
            if isinstance(element, ast.Starred):
                fixed = False
                values = self._reader.iterated(state, element, values)
            found.append(values)
        items = Items(tuple(found), fixed)
        return () if len(elements) > MOST_ELEMENTS or is_deep(items) else (items,)

    def _subscript(self, state: State, node: ast.Subscript) -> Values:
        values = self.evaluate(state, node.value)
        index = self.evaluate(state, node.slice)
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
                    is_slice = isinstance(node.slice, ast.Slice)
                    found.append((value,) if is_slice else elements_of((value,)))
                case _:
                    found.append(self._reader.rules.item(node, value))
        return union(*found)

    # Functions and comprehensions

    def define(
        self,
        state: State,
        node: ast.Lambda | ast.GeneratorExp | ast.FunctionDef | ast.AsyncFunctionDef,
    ) -> Function:
        """The function that is defined in another one."""
        function = self.local_functions.get(node)
        if function is None:
            function = Function(node, state.module, state.cls, state.function)
            self.local_functions[node] = function
        if function not in state.summary.nested:
            state.summary.nested.append(function)
            self.closures[function] = state
        return function

    def comprehension(self, state: State, node: _Comprehension) -> Values:
        """Its elements are made where it stands (for a generator: where it is consumed)."""
        outer = dict(state.env)
        for generator in node.generators:
            values = self.evaluate(state, generator.iter)
            found = self._reader.iterated(state, generator.iter, values)
            self._reader.bind(state, generator.target, found)
            for condition in generator.ifs:
                self.evaluate(state, condition)
        if isinstance(node, ast.DictComp):
            self.evaluate(state, node.key)
            element = self.evaluate(state, node.value)
        else:
            element = self.evaluate(state, node.elt)
        state.env = outer
        return (Items((element,), fixed=False),)

    def consumed(self, state: State, generator: ast.GeneratorExp) -> Values:
        """What a generator yields, where something runs through it."""
        if generator in self._consuming:  # ``rows = (f(row) for row in rows)``
            return ()
        self._consuming.add(generator)
        try:
            return self.comprehension(state, generator)
        finally:
            self._consuming.discard(generator)

    def iterated(self, state: State, node: ast.expr, values: Values) -> Values:
        found: list[Values] = [elements_of(values)]
        for value in values:
            match value:
                case Items():
                    pass
                case FunctionValue(Function(node=ast.GeneratorExp())):
                    found.append(elements_of(self._reader.call_function(state, node, value)))
                case _:
                    found.append(self._reader.rules.iterate(state, node, value))
        return union(*found)
