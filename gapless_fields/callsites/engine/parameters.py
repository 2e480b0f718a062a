"""What a function is given for its parameters, by its callers and by its annotations."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.arguments import taken
from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.protocol import Reader
from gapless_fields.callsites.engine.rows import origins_of
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import last_name_of
from gapless_fields.callsites.engine.values import (
    ClassValue,
    Instance,
    Items,
    Newness,
    Origin,
    Parameter,
    Value,
    Values,
    classes_in,
    elements_of,
    union,
)

_OPTIONAL = frozenset({"Optional", "Union", "Annotated", "Awaitable", "Coroutine"})
_COLLECTIONS = frozenset(
    {"list", "tuple", "set", "frozenset", "dict", "List", "Tuple", "Set", "Dict", "Iterable"}
    | {"Iterator", "Sequence", "Collection", "Mapping", "Generator"}
)


class Parameters:
    """Binds the parameters of a function that is read."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def bind(self, state: State, function: Function) -> None:
        method_of = function.cls if function.outer is None else None
        is_static = function.has_decorator("staticmethod")
        for position, argument in enumerate(function.arguments):
            if position == 0 and method_of is not None and not is_static:
                own = self._reader.rules.receivers(state, function, method_of)
                found = union(own, self._given(state, function, argument.arg))
            else:
                found = self._of(state, function, argument)
            state.env[argument.arg] = found
        arguments = getattr(function.node, "args", None)
        if isinstance(arguments, ast.arguments):
            for extra in (arguments.vararg, arguments.kwarg):
                if extra is not None:
                    state.env[extra.arg] = ()

    def _of(self, state: State, function: Function, argument: ast.arg) -> Values:
        annotated = self.annotated(state, argument, argument.annotation)
        if annotated:  # what callers give says more
            given = self._given(state, function, argument.arg)
            known = {value.cls for value in given if isinstance(value, Instance)}
            others = (v for v in annotated if not (isinstance(v, Instance) and v.cls in known))
            return union(given, tuple(others))
        found = self._reader.rules.parameter(state, function, argument)
        if found:
            return found
        found = self._given(state, function, argument.arg)
        default = function.defaults.get(argument.arg)
        if default is not None:  # ``form_class=InvoiceForm``
            values = self._reader.evaluate(state, default)
            found = union(found, tuple(v for v in values if isinstance(v, ClassValue)))
        return found or (Parameter(function, argument.arg),)

    def _given(self, state: State, function: Function, name: str) -> Values:
        """What callers give to a parameter; new instances are new if those callers call."""
        parameter = Parameter(function, name)
        found: dict[Value, None] = {}
        for value, is_new in self._reader.solver.told(parameter).items():
            one = taken(parameter, value)
            found[one] = None
            if is_new:
                origins = origins_of((one, *elements_of((one,))))
                state.rows.newness.update(dict.fromkeys(origins, Newness.EITHER))
                state.summary.given |= origins
        return tuple(found)

    # Annotations

    def annotated(self, state: State, node: ast.AST, annotation: ast.expr | None) -> Values:
        """An instance of the class that an annotation names."""
        match annotation:
            case ast.Constant(value=str() as text):
                try:
                    return self.annotated(state, node, ast.parse(text, mode="eval").body)
                except SyntaxError:
                    return ()
            case ast.BinOp(left=left, right=right, op=ast.BitOr()):
                return union(*(self.annotated(state, node, one) for one in (left, right)))
            case ast.Subscript(value=generic, slice=inner):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return self._generic(state, node, last_name_of(generic), parts)
            case ast.Name() | ast.Attribute():
                values = self._reader.evaluate(state, annotation)
                return union(*(self._instance(state, node, cls) for cls in classes_in(values)))
        return ()

    def _instance(self, state: State, node: ast.AST, cls: Class) -> Values:
        found = self._reader.rules.annotated(state, node, cls)
        if found is not None:
            return found
        origin = Origin(node)
        state.rows.newness[origin] = Newness.EITHER
        return (Instance(cls, origin),)

    def _generic(self, state: State, node: ast.AST, name: str, parts: list[ast.expr]) -> Values:
        if name in _OPTIONAL:
            return union(*(self.annotated(state, node, part) for part in parts))
        values = self.annotated(state, node, parts[-1]) if parts else ()
        classes = [v.cls for v in values if type(v) is Instance and isinstance(v.cls, Class)]
        if name in ("type", "Type"):
            return tuple(ClassValue(cls) for cls in classes)
        found = self._reader.rules.annotated_with(name, classes)
        if found is not None:
            return found
        return (Items((values,), fixed=False),) if name in _COLLECTIONS and values else ()
