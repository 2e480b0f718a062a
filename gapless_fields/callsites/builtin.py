"""Python's own functions: what calling one returns."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.methods import Methods
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    ClassValue,
    Constant,
    Form,
    FormClass,
    FunctionValue,
    Highest,
    Items,
    Object,
    Parameter,
    Sequence,
    Super,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.vocabulary import SEQUENTIAL

TYPE_ARGUMENTS = 3
"""``type(name, bases, namespace)`` makes a class."""


class Builtins(Methods):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._consuming: set[ast.GeneratorExp] = set()

    @abstractmethod
    def construct(
        self,
        frame: Frame,
        node: ast.Call,
        cls: Class,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        """A new instance of a class of the project."""

    def builtin(
        self,
        frame: Frame,
        node: ast.Call,
        name: str,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        first = arguments[0] if arguments else ()
        match name:
            case "int" | "max":
                return tuple(v for v in union(*arguments) if isinstance(v, Highest))
            case "dict" if keywords and not arguments:
                return (Items(tuple(keywords.values()), False, tuple(keywords)),)
            case "super":
                return self._super(frame, arguments)
            case "next":
                for value in first:
                    if isinstance(value, Sequence):
                        self.take(frame, node, "next()", value.using)
                return self.iterated(
                    frame, node, tuple(v for v in first if not isinstance(v, Sequence))
                )
            case "type" if len(arguments) == 1:
                return tuple(
                    ClassValue(value.cls)
                    for value in first
                    if isinstance(value, Object) and isinstance(value.cls, Class)
                )
            case "type" if len(arguments) == TYPE_ARGUMENTS:
                return self._made_class(arguments[1], arguments[2])
            case "getattr" if len(arguments) > 1:
                names = [v.value for v in arguments[1] if isinstance(v, Constant)]
                if len(names) == 1 and isinstance(names[0], str):
                    found = self.attribute(frame, first, names[0], node)
                    return union(found, *arguments[2:])
                return ()
            case "map":
                for value in first:
                    if isinstance(value, ClassValue):
                        return (Items((self.construct(frame, node, value.cls, [], {}),), False),)
                return ()
            case "enumerate" | "zip":
                parts = tuple(self.iterated(frame, node, values) for values in arguments)
                pair = ((), *parts) if name == "enumerate" else parts
                return (Items(((Items(pair),),), fixed=False),)
        if name in SEQUENTIAL and arguments:
            return self.copied(frame, node, arguments[-1])
        return ()

    def _made_class(self, bases: Values, namespace: Values) -> Values:
        """``type("Form", (InvoiceForm,), {…})``: taken for its bases, or a form of its ``Meta``."""
        classes = ClassValue | FormClass | Parameter
        inherited = tuple(value for value in elements_of(bases) if isinstance(value, classes))
        if inherited:
            return inherited
        held = [value for value in namespace if isinstance(value, Items)]
        found: list[Value] = []
        for meta in union(*(items.at("Meta") for items in held)):
            models: Values = ()
            if isinstance(meta, ClassValue):
                models = self.class_attribute(meta.cls, "model")
            elif isinstance(meta, Items):
                models = meta.at("model")
            found += [FormClass(v.cls, many=False) for v in models if isinstance(v, ClassValue)]
        is_plain = bases == (Items(()),)  # as a ``Meta``, which is known by what it holds
        return tuple(found) or (tuple(held) if is_plain else ())

    def _super(self, frame: Frame, arguments: list[Values]) -> Values:
        if len(arguments) > 1:  # ``super(Order, order)``
            named = [value.cls for value in arguments[0] if isinstance(value, ClassValue)]
            rows = [v for v in arguments[1] if isinstance(v, Object | Form | ClassValue)]
            if named and rows:
                return tuple(Super(named[0], row) for row in rows)
        function = frame.function
        while function.outer is not None:
            function = function.outer
        if frame.cls is None or not function.arguments:
            return ()
        receivers = frame.env.get(function.arguments[0].arg, ())
        return tuple(Super(frame.cls, receiver) for receiver in receivers)

    def copied(self, frame: Frame, node: ast.Call, values: Values) -> Values:
        """``list(rows)``, ``copy(row)``: the same, or a saved row's twin."""
        found: list[Value] = []
        for value in values:
            match value:
                case Object(cls):
                    if frame.is_fresh(value):
                        frame.fresh.add(node)
                    found.append(Object(cls, node))
                case FunctionValue(Function(node=ast.GeneratorExp() as generator)):
                    found += self.consumed(frame, generator)
                case _:
                    found.append(value)
        return tuple(found)

    def consumed(self, frame: Frame, generator: ast.GeneratorExp) -> Values:
        if generator in self._consuming:  # ``rows = (f(row) for row in rows)``
            return ()
        self._consuming.add(generator)
        try:
            return self.comprehension(frame, generator)
        finally:
            self._consuming.discard(generator)
