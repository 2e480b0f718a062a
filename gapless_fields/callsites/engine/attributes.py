"""What ``something.name`` stands for."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.protocol import Reader
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    Bound,
    ClassValue,
    Constant,
    External,
    FunctionValue,
    Instance,
    ModuleValue,
    Parameter,
    Super,
    Value,
    Values,
    union,
)


class Attributes:
    """Looks up attributes.

    Args:
        reader: the engine.
        annotated: what an annotation stands for.
    """

    def __init__(
        self, reader: Reader, annotated: Callable[[State, ast.AST, ast.expr], Values]
    ) -> None:
        self._reader = reader
        self._annotated = annotated

    def attribute(self, state: State, values: Values, name: str, node: ast.expr) -> Values:
        if len(values) == 1:
            return self._of(state, values[0], name, node)
        return union(*(self._of(state, value, name, node) for value in values))

    def _of(self, state: State, value: Value, name: str, node: ast.expr) -> Values:
        reader = self._reader
        found = reader.rules.attribute(state, value, name, node)
        if found is not None:
            return found
        match value:
            case External(path):
                return reader.modules.dotted(f"{path}.{name}", state.module)
            case ModuleValue(module):
                found = reader.modules.lookup(module.scope, name, module)
                return found or reader.modules.submodule(module, name)
            case ClassValue(cls):
                return self._of_class(cls, value, name)
            case Instance(Class() as cls):
                return self._of_instance(state, value, cls, name, node)
            case Super(cls, receiver):
                return self._of_super(cls, receiver, name)
            case Constant(str()):
                return (Bound(value, name),)
            case Constant() | Parameter() | Instance():
                return ()
        return (Bound(value, name),) if not isinstance(value, Bound) else ()

    def _of_class(self, cls: Class, value: ClassValue, name: str) -> Values:
        if name == "__name__":
            return (Constant(cls.name),)
        method = self._reader.classes.find_method(cls, name)
        if method is not None:
            return (FunctionValue(method, receiver=value),)
        if self._reader.classes.is_assigned(cls, name):
            return self._reader.classes.attribute(cls, name)
        return (Bound(value, name),)

    def _of_instance(
        self, state: State, value: Instance, cls: Class, name: str, node: ast.expr
    ) -> Values:
        reader = self._reader
        if name == "__class__":
            return (ClassValue(cls),)
        method = reader.classes.find_method(cls, name)
        if method is not None:
            function = FunctionValue(method, receiver=value)
            if method.has_decorator("property", "cached_property"):
                return reader.call_function(state, node, function)
            return (function,)
        found = union(reader.classes.attribute(cls, name), self._assigned(state, cls, name))
        if found in ((), (Constant(None),)):
            found = reader.rules.missing_attribute(state, value, name, node, found)
        return found or (Bound(value, name),)

    def _of_super(self, cls: Class, receiver: Value, name: str) -> Values:
        own = receiver.cls if isinstance(receiver, Instance | ClassValue) else None
        method = self._reader.classes.find_after(own if isinstance(own, Class) else cls, cls, name)
        bound = Bound(receiver, name, by_super=True, after=cls)
        return (bound,) if method is None else (FunctionValue(method, receiver=receiver), bound)

    def _assigned(self, state: State, cls: Class, name: str) -> Values:
        """What the methods of ``cls`` assign to ``self.name``."""
        found: list[Values] = []
        solver = self._reader.solver
        for ancestor in self._reader.classes.mro(cls):
            for function in ancestor.assigning.get(name, ()):
                if function is not state.function:
                    solver.summary(function)
            values = solver.told((ancestor, name)) if name in ancestor.assigning else {}
            new = (value for value, is_new in values.items() if is_new)
            state.rows.renew(value.origin for value in new if isinstance(value, Instance))
            found.append(tuple(values))
            annotation = None if values else ancestor.annotations.get(name)
            if annotation is not None:
                found.append(self._annotated(state_of(ancestor.module), annotation, annotation))
        return union(*found)
