"""What an expression stands for, calls aside."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Frame
from gapless_fields.callsites.models import Models
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
    Items,
    Manager,
    ModuleValue,
    Object,
    Parameter,
    Sequence,
    Super,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.vocabulary import SAVING, USER

MOST_ELEMENTS = 100
"""Longer tuples, lists and dicts are data, of which no more is remembered."""


class Expressions(Models):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.closures: dict[Function, Frame] = {}
        """Where each nested function was defined: its free variables are those of that frame."""

    @abstractmethod
    def call(self, frame: Frame, node: ast.Call) -> Values:
        """What a call returns; notes what it does."""

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
            case ast.Constant(value=value):
                known = value is None or isinstance(value, str | bool | int)
                return (Constant(value),) if known else ()
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.evaluate(frame, test)
                return union(self.evaluate(frame, body), self.evaluate(frame, orelse))
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
                for key in keys:
                    self.evaluate(frame, key)
                items = tuple(self.evaluate(frame, value) for value in values)
                return (Items(items, fixed=False),) if len(items) <= MOST_ELEMENTS else ()
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
        for function in frame.facts.nested:
            if function.node is node:
                return function
        function = Function(node, frame.module, frame.cls, frame.function)
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
        return (Items(tuple(found), fixed),)

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
        if not found and all(isinstance(value, Parameter) for value in values):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            return self.guessed_manager(name, node.attr)
        return found

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
                return found or self.submodule(module, name)
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
            case Items() | FunctionValue() | Sequence() | Atomic():
                return (Bound(value, name),)
        return ()

    def _of_meta(self, of: Value, name: str) -> Values:
        cls = of.model if isinstance(of, Form) else getattr(of, "cls", None)
        if not isinstance(cls, Class):
            return ()
        if name in ("model", "concrete_model", "proxy_for_model"):
            return (ClassValue(cls),)
        return (Manager(cls),) if name in ("default_manager", "base_manager") else ()

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
            return (FunctionValue(method, receiver=receiver), Bound(receiver, name, by_super=True))
        return (Bound(receiver, name, by_super=True),)

    def _of_form(self, frame: Frame, value: Form, cls: Class | None, name: str) -> Values:
        method = self.find_method(cls, name) if cls is not None else None
        if method is not None:
            return (FunctionValue(method, receiver=value), Bound(value, name))
        found = self.class_attribute(cls, name) if cls is not None else ()
        return found or (Bound(value, name),)


def path_of(node: ast.expr) -> str:
    """``a.b.c`` as text; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := path_of(node.value)):
        return f"{head}.{node.attr}"
    return ""
