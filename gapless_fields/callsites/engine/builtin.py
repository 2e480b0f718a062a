"""Python's own functions, and the methods of its lists and dicts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.protocol import Invocation, Reader
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import name_of
from gapless_fields.callsites.engine.values import (
    Bound,
    ClassValue,
    Constant,
    FunctionValue,
    Instance,
    Items,
    Origin,
    Super,
    Value,
    Values,
    classes_in,
    elements_of,
    shallow,
    texts_in,
    union,
)

SEQUENTIAL = frozenset(
    {"list", "tuple", "set", "sorted", "reversed", "iter", "filter", "frozenset", "deepcopy"}
    | {"copy"}
)
"""Calls whose elements are those of their last argument."""

IN_PLACE = SEQUENTIAL | {"map", "sum", "any", "all", "min", "max", "next"}
"""Calls that run through a generator."""


_OF_TEXT = frozenset({"replace", "removeprefix", "removesuffix", "lower", "upper", "title"})


class Builtins:
    """Calls Python's own functions.

    Args:
        reader: the engine.
        consume: runs through a generator.
    """

    def __init__(
        self, reader: Reader, consume: Callable[[State, ast.GeneratorExp], Values]
    ) -> None:
        self._reader = reader
        self._consume = consume

    def call(self, call: Invocation, name: str) -> Values:
        """What a function of Python's own returns."""
        state, node, first = call.state, call.node, call.first
        match name:
            case "dict" if call.keywords and not call.arguments:
                return (Items(tuple(call.keywords.values()), False, tuple(call.keywords)),)
            case "super":
                return tuple(self._super(call))
            case "next":
                return self._reader.iterated(state, node, first)
            case "type" if len(call.arguments) == 1:
                classes = (value.cls for value in first if isinstance(value, Instance))
                return tuple(ClassValue(cls) for cls in classes if isinstance(cls, Class))
            case "getattr" if len(call.arguments) > 1:
                names = texts_in(call.arguments[1])
                if len(names) != 1:
                    return ()
                found = self._reader.attribute(state, first, names[0], node)
                return union(found, *call.arguments[2:])
            case "map":
                made = Invocation(state, node, [], {})
                constructors = (value for value in first if isinstance(value, ClassValue))
                found = union(*(self._reader.call_value(made, value) for value in constructors))
                return (Items((found,), False),) if found else ()
            case "enumerate" | "zip":
                parts = tuple(self._reader.iterated(state, node, v) for v in call.arguments)
                pair = ((), *parts) if name == "enumerate" else parts
                return (Items(((Items(pair),),), fixed=False),)
        if name in SEQUENTIAL and call.arguments:
            return self.copied(state, node, call.arguments[-1])
        return ()

    def _super(self, call: Invocation) -> Iterator[Super]:
        if len(call.arguments) > 1:  # ``super(Order, order)``
            named = classes_in(call.first)
            rows = [v for v in call.arguments[1] if isinstance(v, Instance | ClassValue)]
            if named and rows:
                yield from (Super(named[0], row) for row in rows)
                return
        function = call.state.function
        while function.outer is not None:
            function = function.outer
        if call.state.cls is not None and function.arguments:
            for receiver in call.state.env.get(function.arguments[0].arg, ()):
                yield Super(call.state.cls, receiver)

    def copied(self, state: State, node: ast.Call, values: Values) -> Values:
        """``list(rows)``, ``copy(row)``: the same, or a saved row's twin."""
        found: list[Value] = []
        for value in values:
            match value:
                case FunctionValue(Function(node=ast.GeneratorExp() as generator)):
                    found += self._consume(state, generator)
                case Instance() if type(value) is Instance:  # a form is not copied
                    origin = Origin(node)
                    if (newness := state.rows.newness.get(value.origin)) is not None:
                        state.rows.newness[origin] = newness
                    found.append(Instance(value.cls, origin))
                case _:
                    found.append(value)
        return tuple(found)

    def of_items(self, call: Invocation, bound: Bound, items: Items) -> Values:
        """What a method of a list, a dict or a set returns."""
        match bound.name:
            case "append" | "add" | "insert" | "extend" | "appendleft":
                self._append(call, bound.name, items)
            case "get" | "pop" | "popleft" | "setdefault":
                return elements_of((items,))
            case "items":
                pair = Items(((), elements_of((items,))))
                return (Items(((pair,),), fixed=False),)
            case "values" | "copy":
                return (items,)
        return ()

    def _append(self, call: Invocation, method: str, items: Items) -> None:
        target = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
        if isinstance(target, ast.Name) and call.arguments:
            last = call.arguments[-1]
            added = elements_of(last) if method == "extend" else last
            held = union(*items.elements, shallow(added))
            call.state.env[name_of(target)] = (Items((held,), fixed=False),)


def of_text(call: Invocation, text: str, method: str) -> Values:
    """What a method of a text returns that is made of other texts: ``cls.__name__.lower()``."""
    given = [texts_in(values) for values in call.arguments]
    if method not in _OF_TEXT or any(len(texts) != 1 for texts in given):
        return ()
    try:
        return (Constant(getattr(text, method)(*(texts[0] for texts in given))),)
    except TypeError:  # the project calls it so, and has an error there
        return ()
