"""What ``something.name`` stands for."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.definitions import Class
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.highest import is_last_row
from gapless_fields.callsites.relations import Relations
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    Atomic,
    Bound,
    ClassValue,
    Constant,
    External,
    Form,
    FunctionValue,
    Highest,
    Items,
    Manager,
    ModuleValue,
    Object,
    Sequence,
    Super,
    Value,
    Values,
    union,
)
from gapless_fields.callsites.vocabulary import SAVING, USER


class Attributes(Relations):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._named_by_heirs: defaultdict[tuple[Class, str], dict[Value, None]] = defaultdict(dict)
        """The numbered models that heirs of a class name, by the attribute."""

    def learn_names(self, cls: Class) -> tuple[Class, ...]:
        """Learn what a class names for its bases: ``invoice_class = Invoice``; return the bases."""
        bases = self.line(cls)[1:]
        named = [
            (name, value)
            for name in (list(cls.scope.names) if bases else ())
            for value in self.lookup(cls.scope, name, cls.module, cls)
            if isinstance(value, ClassValue) and self.target_of(value.cls) is not None
        ]
        for base in bases:
            for name, value in named:
                self._named_by_heirs[base, name][value] = None
        return bases if named else ()

    def attribute(self, frame: Frame, values: Values, name: str, node: ast.expr) -> Values:
        return union(*(self._attribute_of(frame, value, name, node) for value in values))

    def _attribute_of(self, frame: Frame, value: Value, name: str, node: ast.expr) -> Values:
        match value:
            case External(path):
                if path.endswith("request") and name == "user":
                    return (Object(External(USER), node),)
                related = self.guessed_manager(path.replace("()", ""), name)
                return related or self.dotted(f"{path}.{name}", frame.module)
            case ModuleValue(module):
                found = self.lookup(module.scope, name, module)
                return found or self.submodule(module, name) or self.gathered(module, name)
            case ClassValue(cls):
                return self._of_class(cls, value, name)
            case Object(cls):
                return self._of_object(frame, value, cls, name, node)
            case Manager(model, custom=custom):
                return self._of_manager(model, custom, value, name)
            case Super(cls, receiver):
                return self._of_super(cls, receiver, name)
            case Form(model, cls, origin):
                if name == "instance":
                    return (Object(model, origin),)
                return self._of_form(frame, value, cls, name)
            case Bound(of, "_meta"):
                return self._of_meta(of, name)
            case Items() | FunctionValue() | Sequence() | Highest() | Atomic():
                return (Bound(value, name),)
        return ()

    def _of_meta(self, of: Value, name: str) -> Values:
        cls = of.model if isinstance(of, Form) else getattr(of, "cls", None)
        if not isinstance(cls, Class):
            return ()
        if name in ("model", "concrete_model", "proxy_for_model"):
            is_mutation = self.inherits(cls, "Mutation")
            return self.mutation_models(cls) if is_mutation else (ClassValue(cls),)
        return (Manager(cls),) if name in ("default_manager", "base_manager") else ()

    def mutation_models(self, cls: Class) -> Values:
        """The model that ``Meta`` of a GraphQL mutation names."""
        meta = next((m for c in self.line(cls) if (m := c.inner("Meta")) is not None), None)
        if meta is None or not self.inherits(cls, "Mutation"):
            return ()
        with self.thorough():
            named = self.class_attribute(meta, "model")
        return tuple(value for value in named if isinstance(value, ClassValue))

    def _of_class(self, cls: Class, value: ClassValue, name: str) -> Values:
        if (manager := self.manager(cls, name)) is not None:
            return (manager,)
        method = self.find_method(cls, name)
        if method is not None:
            function = FunctionValue(method, receiver=value)
            return (function, Bound(value, name)) if name in SAVING else (function,)
        if self.assigned_in_body(cls, name):
            return self.class_attribute(cls, name)
        return (Bound(value, name),)

    def _of_object(
        self, frame: Frame, value: Object, cls: Class | External, name: str, node: ast.expr
    ) -> Values:
        if isinstance(cls, External):
            return self.related_manager(cls, name)
        if name == "__class__":
            return (ClassValue(cls),)
        if is_last_row(value.origin) and name in self.numbered_fields(cls):
            return (Highest(cls, name),)
        method = self.find_method(cls, name)
        if method is not None:
            function = FunctionValue(method, receiver=value)
            if method.has_decorator("property", "cached_property"):
                return self.call_function(frame, node, function)
            return (function, Bound(value, name)) if name in SAVING else (function,)
        for ancestor in self.line(cls):
            relation = self.relation(ancestor, name)
            if relation is not None:
                if relation.is_single and relation.target is not None:
                    return (Object(relation.target, node),)
                manager = self.manager_through(relation)
                return (manager,) if manager is not None else ()
        related = self.related_manager(cls, name)
        if related:
            return related
        found = union(self.class_attribute(cls, name), self.instance_attribute(frame, cls, name))
        if found in ((), (Constant(None),)):
            found = tuple(self._named_by_heirs.get((cls, name), found))
        if not found and name == "objects":
            found = (Manager(cls),)
        return found or self.framework_attribute(frame, value, name, node) or (Bound(value, name),)

    def _of_manager(
        self, model: Class, custom: tuple[Class, ...], value: Manager, name: str
    ) -> Values:
        if name == "model":
            return (ClassValue(model),)
        for cls in custom:
            if (method := self.find_method(cls, name)) is not None:
                return (FunctionValue(method, receiver=value), Bound(value, name))
        return (Bound(value, name),)

    def _of_super(self, cls: Class, receiver: Value, name: str) -> Values:
        own = receiver.cls if isinstance(receiver, Object | Form | ClassValue) else None
        method = self.find_after(own if isinstance(own, Class) else cls, cls, name)
        if method is not None:
            return (FunctionValue(method, receiver=receiver), Bound(receiver, name, True, cls))
        return (Bound(receiver, name, by_super=True, after=cls),)

    def _of_form(self, frame: Frame, value: Form, cls: Class | None, name: str) -> Values:
        method = self.find_method(cls, name) if cls is not None else None
        if method is not None:
            return (FunctionValue(method, receiver=value), Bound(value, name))
        found = self.class_attribute(cls, name) if cls is not None else ()
        return found or (Bound(value, name),)

    @abstractmethod
    def call_function(
        self,
        frame: Frame,
        node: ast.expr,
        value: FunctionValue,
        arguments: SequenceOf[Values] = (),
    ) -> Values:
        """Note the call of a function of the project, and tell what it returns."""

    @abstractmethod
    def framework_attribute(self, frame: Frame, value: Object, name: str, node: ast.expr) -> Values:
        """What an attribute is that a framework's class provides."""

    @abstractmethod
    def instance_attribute(self, frame: Frame, cls: Class, name: str) -> Values:
        """What the methods of ``cls`` assign to ``self.name``."""
