"""What a function is given: its parameters, and the attributes of ``self``."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence

from gapless_fields.callsites.calls import Calls
from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.expressions import path_of
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    ClassValue,
    Form,
    Items,
    Manager,
    Object,
    Parameter,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.vocabulary import COLLECTIONS, OPTIONAL


class Parameters(Calls):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.attributes: defaultdict[tuple[Class, str], dict[Value, bool]] = defaultdict(dict)
        """What methods assign to ``self.name``, each with whether it is a new instance."""

    def bind_parameters(self, frame: Frame, function: Function) -> None:
        method_of = function.cls if function.outer is None else None
        static = function.has_decorator("staticmethod")
        defaults = function.defaults
        for position, argument in enumerate(function.arguments):
            if position == 0 and method_of is not None and not static:
                own = self.self_values(frame, function, method_of)
                frame.env[argument.arg] = union(own, self._given(frame, function, argument.arg))
                continue
            values = self._annotated(frame, argument, argument.annotation)
            if values:
                frame.env[argument.arg] = self._known_better(frame, function, argument.arg, values)
                continue
            values = self.parameter_of_framework(frame, function, argument)
            if not values:
                values = self._given(frame, function, argument.arg)
                if argument.arg in defaults:  # ``form_class=InvoiceForm``
                    found = self.evaluate(frame, defaults[argument.arg])
                    named = tuple(value for value in found if isinstance(value, ClassValue))
                    values = union(values, named)
                values = values or (Parameter(function, argument.arg),)
            frame.env[argument.arg] = values
        arguments = getattr(function.node, "args", None)
        if isinstance(arguments, ast.arguments):
            for extra in (arguments.vararg, arguments.kwarg):
                if extra is not None:
                    frame.env[extra.arg] = ()

    def _known_better(
        self, frame: Frame, function: Function, name: str, annotated: Values
    ) -> Values:
        """What callers hand to a parameter, instead of what its annotation tells."""
        given = self._given(frame, function, name)
        known = {value.cls for value in given if isinstance(value, Object)}
        others = (v for v in annotated if not (isinstance(v, Object) and v.cls in known))
        return union(given, tuple(others))

    def _given(self, frame: Frame, function: Function, name: str) -> Values:
        """What the function's callers hand to a parameter of which nothing else is known."""
        parameter = Parameter(function, name)
        found: dict[Value, None] = {}
        for value, is_new in self.given.get(parameter, {}).items():
            taken = self.taken(parameter, value)
            found[taken] = None
            if is_new:
                inner = (taken, *elements_of((taken,)))
                origins = {v.origin for v in inner if isinstance(v, Object | Form)}
                frame.fresh |= origins
                frame.facts.given |= origins
        return tuple(found)

    def _annotated(self, frame: Frame, origin: ast.AST, annotation: ast.expr | None) -> Values:
        """An instance of the class that an annotation names."""
        match annotation:
            case ast.Constant(value=str() as text):
                try:
                    return self._annotated(frame, origin, ast.parse(text, mode="eval").body)
                except SyntaxError:
                    return ()
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union(
                    self._annotated(frame, origin, left), self._annotated(frame, origin, right)
                )
            case ast.Subscript(value=value, slice=inner):
                return self._annotated_generic(frame, origin, value, inner)
            case ast.Name() | ast.Attribute():
                found: list[Value] = []
                for named in self.evaluate(frame, annotation):
                    if isinstance(named, ClassValue):
                        forms = self.form_models(named.cls)
                        for model in forms:
                            found.append(self.new_form(frame, origin, model, named.cls, [], {}))
                        if not forms:
                            frame.fresh.add(origin)
                            found.append(Object(named.cls, origin, loose=True))
                return tuple(found)
        return ()

    def _annotated_generic(
        self, frame: Frame, origin: ast.AST, value: ast.expr, inner: ast.expr
    ) -> Values:
        name = path_of(value).rpartition(".")[2]
        if name in OPTIONAL:
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return union(*(self._annotated(frame, origin, part) for part in parts))
        values = self._annotated(
            frame, origin, inner.elts[-1] if isinstance(inner, ast.Tuple) else inner
        )
        classes = [v.cls for v in values if isinstance(v, Object) and isinstance(v.cls, Class)]
        if name in ("type", "Type"):
            return tuple(ClassValue(cls) for cls in classes)
        if name.endswith(("QuerySet", "Manager")):
            return tuple(Manager(cls) for cls in classes)
        return (Items((values,), fixed=False),) if name in COLLECTIONS and values else ()

    def instance_attribute(self, frame: Frame, cls: Class, name: str) -> Values:
        found: list[Values] = []
        for ancestor in self.line(cls):
            for function in ancestor.assigning.get(name, ()):
                if function is not frame.function:
                    self.facts(function)
            values = self.attributes.get((ancestor, name), {})
            frame.fresh.update(
                value.origin
                for value, is_fresh in values.items()
                if is_fresh and isinstance(value, Object)
            )
            found.append(tuple(values))
            annotation = None if values else _annotation(ancestor, name)
            if annotation is not None:
                scope = self.module_frame(ancestor.module)
                found.append(self._annotated(scope, annotation, annotation))
        return union(*found)


def _annotation(cls: Class, name: str) -> ast.expr | None:
    """What ``name: Annotation`` in the body of a class says, as in a dataclass."""
    for statement in cls.node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=target), annotation=annotation):
                if target == name:
                    return annotation
    return None
