"""Attributes of models, managers and forms, and those that only a name tells."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import last_name_of
from gapless_fields.callsites.engine.values import (
    Bound,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Origin,
    Value,
    Values,
    classes_in,
)
from gapless_fields.callsites.rules.parts import Parts
from gapless_fields.callsites.rules.relations import USER
from gapless_fields.callsites.rules.saving import SAVING
from gapless_fields.callsites.rules.values import Form, Manager

_NAMING = re.compile(r"(^|_)(model|class)$")
"""How methods and properties are called that return a class."""


class Attributes:
    """What attributes stand for."""

    def __init__(self, parts: Parts) -> None:
        self._forms = parts.forms
        self._relations = parts.relations
        self._models = parts.models
        self._engine = parts.engine
        self._by_hand = parts.by_hand
        self._views = parts.views
        self.constructors: dict[str, Function] = {}
        """The methods that return a new row, by names that only they have."""
        self._named_by_heirs: defaultdict[tuple[Class, str], dict[Value, None]] = defaultdict(dict)
        """The numbered models that heirs of a class name, by the attribute."""

    def attribute(self, state: State, value: Value, name: str, node: ast.expr) -> Values | None:
        match value:
            case Form():
                return self._forms.attribute(value, name)
            case Instance(Class() as cls):
                return self._attribute_of_row(value, cls, name, node)
            case Instance(External() as cls):
                return self._relations.related_manager(cls, name)
            case ClassValue(cls):
                if (manager := self._models.manager(cls, name)) is not None:
                    return (manager,)
                if named := self._named_by_heirs.get((cls, name)):
                    return tuple(named)
                method = self._engine.classes.find_method(cls, name) if name in SAVING else None
                if method is not None:
                    return (FunctionValue(method, receiver=value), Bound(value, name))
            case Manager():
                return self._attribute_of_manager(value, name)
            case External(path):
                if path.endswith("request") and name == "user":
                    return (Instance(External(USER), Origin(node)),)
                return self._relations.guessed_manager(path.replace("()", ""), name) or None
            case Bound(of, "_meta"):
                return self._attribute_of_meta(of, name)
        return None

    def _attribute_of_row(
        self, row: Instance, cls: Class, name: str, node: ast.expr
    ) -> Values | None:
        number = self._by_hand.attribute(row, name)
        if number is not None:
            return number
        method = self._engine.classes.find_method(cls, name)
        if method is not None:
            own = FunctionValue(method, receiver=row)
            return (own, Bound(row, name)) if name in SAVING else None
        for ancestor in self._engine.classes.mro(cls):
            relation = self._relations.relation(ancestor, name)
            if relation is not None:
                if relation.is_single and relation.target is not None:
                    return (Instance(relation.target, Origin(node)),)
                manager = self._relations.through(relation)
                return (manager,) if manager is not None else ()
        return self._relations.related_manager(cls, name) or None

    def _attribute_of_manager(self, manager: Manager, name: str) -> Values:
        if name == "model":
            return (ClassValue(manager.model),)
        for cls in manager.custom:
            if (method := self._engine.classes.find_method(cls, name)) is not None:
                return (FunctionValue(method, receiver=manager), Bound(manager, name))
        return (Bound(manager, name),)

    def _attribute_of_meta(self, of: Value, name: str) -> Values:
        cls = of.model if isinstance(of, Form) else getattr(of, "cls", None)
        if isinstance(cls, Class):
            if name in ("model", "concrete_model", "proxy_for_model"):
                is_mutation = self._engine.classes.inherits(cls, "Mutation")
                return self.mutation_models(cls) if is_mutation else (ClassValue(cls),)
            if name in ("default_manager", "base_manager"):
                return (Manager(cls),)
        return ()

    def mutation_models(self, cls: Class) -> Values:
        """The model that ``Meta`` of a GraphQL mutation names."""
        classes = self._engine.classes
        meta = next((m for c in classes.mro(cls) if (m := c.inner("Meta")) is not None), None)
        if meta is None or not classes.inherits(cls, "Mutation"):
            return ()
        named = classes.parsed_attribute(meta, "model")
        return tuple(value for value in named if isinstance(value, ClassValue))

    def learn_names(self, cls: Class) -> tuple[Class, ...]:
        """Learn what a class names for its bases: ``invoice_class = Invoice``; return the bases."""
        bases = self._engine.classes.mro(cls)[1:]
        names = [name for name in cls.scope.names if bases and self._may_name(cls, name)]
        numbered = [
            (name, model)
            for name in names
            for model in self.named_by(cls, name)
            if self._models.target_of(model) is not None
        ]
        for base in bases:
            for name, model in numbered:
                self._named_by_heirs[base, name][ClassValue(model)] = None
        return bases if numbered else ()

    def _may_name(self, cls: Class, name: str) -> bool:
        """Whether an attribute may name a class; of methods, those that are called so."""
        return cls.method(name) is None or _NAMING.search(name) is not None

    def named_by(self, cls: Class, name: str) -> list[Class]:
        """The classes that an attribute of a class, a property or a method like it stands for."""
        method = self._engine.classes.find_method(cls, name)
        if method is None:
            return classes_in(self._engine.classes.attribute(cls, name))
        return classes_in(tuple(self._engine.solver.summary(method).returns))

    def names_numbered(self, cls: Class, name: str) -> bool:
        """Whether an attribute stands for numbered models, which a class or its heirs name."""
        own = (self._models.target_of(model) for model in self.named_by(cls, name))
        return bool(self._named_by_heirs.get((cls, name))) or any(own)

    def returned_by_heirs(self, function: Function) -> Values | None:
        """What a hook of a base returns, by what its heirs do: ``get_model_class()``."""
        if function.cls is None or function.returns_something:
            return None
        return tuple(self._named_by_heirs.get((function.cls, function.name), ())) or None

    def missing_attribute(
        self, state: State, value: Instance, name: str, node: ast.expr, found: Values
    ) -> Values:
        cls = value.cls
        if not isinstance(cls, Class):
            return found
        found = tuple(self._named_by_heirs.get((cls, name), found))
        if found:
            return found
        if name == "objects":
            return (Manager(cls),)
        if name == "request":
            return (External("request"),)
        if name in ("object", "instance") and self._views.is_view(cls):
            models = dict.fromkeys(model for model, _ in self._views.forms(cls))
            return tuple(Instance(model, Origin(cls.node, name)) for model in models)
        return ()

    def guess(self, state: State, node: ast.Attribute, found: Values) -> Values:
        if not any(isinstance(value, Manager) for value in found):
            found = self._relations.guessed_manager(last_name_of(node.value), node.attr) or found
        maker = self.constructors.get(node.attr)
        if maker is None:
            return found
        function = FunctionValue(maker)
        if maker.has_decorator("property", "cached_property"):
            return self._engine.call_function(state, node, function)
        return (function,)
