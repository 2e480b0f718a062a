"""What a call does and returns."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Call, Facts, Frame, Method
from gapless_fields.callsites.giving import given_parameters
from gapless_fields.callsites.handing import Handing, last_name_of
from gapless_fields.callsites.newness import is_new
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    Atomic,
    Bound,
    ClassValue,
    External,
    Form,
    FormClass,
    FunctionValue,
    Items,
    Manager,
    Object,
    Parameter,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.vocabulary import CLASS_GETTERS, MODEL_GETTERS, SAVING


class Calls(Handing):
    def __init__(self, sources: Sources, targets: SequenceOf[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._parts: dict[tuple[ast.expr, int], ast.expr] = {}

    @abstractmethod
    def context_of(self, function: Function) -> Values:
        """What ``with function():`` opens, for a generator with ``@contextmanager``."""

    def call(self, frame: Frame, node: ast.Call) -> Values:
        called = self._called(frame, node)
        arguments = []
        for argument in node.args:
            values = self.evaluate(frame, argument)
            arguments.append(elements_of(values) if isinstance(argument, ast.Starred) else values)
        keywords: dict[str, Values] = {}
        for keyword in node.keywords:
            values = self.evaluate(frame, keyword.value)
            keywords[keyword.arg or "**"] = values
            if keyword.arg is None:
                keywords |= {key: found for key, found in _written_out(values)}
        if not called and last_name_of(node.func) in MODEL_GETTERS:  # of a parameter ``apps``
            return self.model_of_label(arguments, keywords)
        self.hand_over(frame, node, called, arguments, keywords)
        self.note_by_name(frame, node, called)
        return union(*(self.call_value(frame, node, c, arguments, keywords) for c in called))

    def _called(self, frame: Frame, node: ast.Call) -> Values:
        """What a call calls; of an object that is called itself, its ``__call__()``."""
        called = self.evaluate(frame, node.func)
        return tuple(
            FunctionValue(method, receiver=value)
            if isinstance(value, Object)
            and isinstance(value.cls, Class)
            and (method := self.find_method(value.cls, "__call__")) is not None
            else value
            for value in called
        )

    def call_value(
        self,
        frame: Frame,
        node: ast.Call,
        called: Value,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        match called:
            case External(path):
                if not path.startswith(("builtins.", "django.")):
                    self.noted(frame, node, called)
                    if self._holds_numbered(arguments):
                        for value in self.passed_over(called, frame.module):
                            if isinstance(value, FunctionValue):
                                return self.call_function(frame, node, value, arguments)
                return self.external(frame, node, path, arguments, keywords)
            case ClassValue(cls):
                return self.construct(frame, node, cls, arguments, keywords)
            case FormClass(model, many, cls):
                return (self.new_form(frame, node, model, cls, arguments, keywords, many=many),)
            case FunctionValue():
                return self.call_function(frame, node, called, [*arguments, *keywords.values()])
            case Bound(Object(Class() as cls), name, by_super=False) if name not in SAVING:
                self.noted(frame, node, Method(cls, name))
                return self.method(frame, node, called, arguments, keywords)
            case Bound():
                return self.method(frame, node, called, arguments, keywords)
            case Parameter():
                frame.called(Call(called, frame.open, "direct", node.lineno))
            case Atomic():  # atomic(using=…)(function)
                return self.wrap(frame, node, called, arguments)
        return ()

    def construct(
        self,
        frame: Frame,
        node: ast.Call,
        cls: Class,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        models = self.form_models(cls)
        if models:
            return tuple(
                self.new_form(frame, node, model, cls, arguments, keywords) for model in models
            )
        frame.fresh.add(node)
        init = self.find_method(cls, "__init__")
        if init is not None:
            frame.called(Call(init, frame.open, "direct", node.lineno, cls))
        return (Object(cls, node),)

    def call_function(
        self,
        frame: Frame,
        node: ast.expr,
        value: FunctionValue,
        arguments: SequenceOf[Values] = (),
    ) -> Values:
        function = value.function
        opened = (*frame.open, *value.within)
        how = self.deferred or "direct"
        receiver = getattr(value.receiver, "cls", None)
        frame.called(
            Call(
                function,
                opened,
                how,
                node.lineno,
                receiver if isinstance(receiver, Class) else None,
                new=is_new(frame, value.receiver) if function.name in SAVING else None,
            )
        )
        if isinstance(function.node, ast.GeneratorExp):
            return self.consumed(frame, function.node)
        if function.has_decorator("contextmanager", "asynccontextmanager"):
            return self.context_of(function)
        if function.name in MODEL_GETTERS:
            return self.model_of_label(arguments, {})
        if function.name in CLASS_GETTERS and function.cls is None:
            return self.classes_of_labels(arguments, many=CLASS_GETTERS[function.name])
        if function.name == "get_user_model":
            return self.user_models()
        passed_over = function.module not in self.scanned and not self._thorough
        if passed_over and not self._holds_numbered(arguments):
            return ()
        found: list[Values] = []
        facts = self.facts(function)
        unsaved = facts.unsaved.union(*_left_unsaved(facts, node))
        for returned, _ in facts.returns:
            name = self.name_of_given(function, returned)
            if name is None and self._is_for_others(function, returned, node, arguments):
                continue
            if name is None:
                found.append(self._returned(frame, node, returned, unsaved, value))
            elif value.receiver is not None and name == function.arguments[0].arg:
                found.append((value.receiver,))
            elif isinstance(node, ast.Call):  # what this call gives it, not what others do
                names = given_parameters(function, node)
                given = [v for n, v in zip(names, arguments, strict=False) if n == name]
                is_renewed = name in self.facts(function).renewed
                found += [_new_ones(frame, node, v) for v in given] if is_renewed else given
        return union(*found)

    def _holds_numbered(self, arguments: SequenceOf[Values]) -> bool:
        """Whether a row of a numbered model is among the arguments."""
        rows = (v.cls for values in arguments for v in values if isinstance(v, Object))
        return any(isinstance(cls, Class) and self.target_of(cls) is not None for cls in rows)

    def _part(self, node: ast.expr, position: int) -> ast.expr:
        """The origin of one of several rows, or lists of rows, that a call returns."""
        return self._parts.setdefault((node, position), ast.Constant(position, lineno=node.lineno))

    def _is_for_others(
        self,
        function: Function,
        returned: Value,
        node: ast.expr,
        arguments: SequenceOf[Values],
    ) -> bool:
        """Whether a function returns a row of the class of what another call gives it."""
        cls = returned.cls if isinstance(returned, Object) else None
        if not isinstance(cls, Class) or cls.name.encode() in function.text:
            return False
        if not isinstance(node, ast.Call):
            return False
        for name, values in zip(given_parameters(function, node), arguments, strict=False):
            given = self.given.get(Parameter(function, name), {})
            if any(_class_of(value) is cls for value in given):
                return all(_class_of(value) is not cls for value in values)
        return False

    def _returned(
        self,
        frame: Frame,
        node: ast.expr,
        returned: Value,
        unsaved: set[ast.AST],
        called: FunctionValue,
    ) -> Values:
        """What a call returns, as a value of the caller: of its receiver's class, from here."""
        owner = called.function.cls
        receiver = called.receiver
        match returned:
            case Object(Class() as cls):
                if returned.origin in unsaved:
                    frame.fresh.add(node)
                if owner is not None and cls in self.stand_ins(owner):
                    actual = getattr(receiver, "cls", None)
                    cls = actual if isinstance(actual, Class) else cls
                if isinstance(receiver, Manager) and owner is not None:
                    cls = receiver.model if cls in self.managed.get(owner, ()) else cls
                return (Object(cls, node, returned.loose),)
            case Form(model, form):
                if returned.origin in unsaved:
                    frame.fresh.add(node)
                return (Form(model, form, node, returned.many),)
            case Items(elements, fixed):
                several = fixed and len(elements) > 1
                parts = [self._part(node, i) if several else node for i in range(len(elements))]
                found = [
                    union(*(self._returned(frame, part, v, unsaved, called) for v in element))
                    for part, element in zip(parts, elements, strict=True)
                ]
                return (Items(tuple(found), fixed, returned.keys),)
            case Manager(model) if isinstance(receiver, Manager) and owner is not None:
                return (receiver,) if model in self.managed.get(owner, ()) else (returned,)
        return (returned,)


def _written_out(values: Values) -> Iterator[tuple[str, Values]]:
    """The arguments that ``**kwargs`` holds, as far as they are written out."""
    for value in values:
        if isinstance(value, Items):
            yield from ((key, value.at(key)) for key in value.keys if key is not None)


def _new_ones(frame: Frame, node: ast.Call, values: Values) -> Values:
    """What ``clone(row)`` returns, which sets the primary key to None."""
    frame.fresh.add(node)
    return tuple(Object(value.cls, node) for value in values if isinstance(value, Object))


def _class_of(value: Value) -> Class | None:
    cls = getattr(value, "cls", None)
    return cls if isinstance(cls, Class) else None


def _left_unsaved(facts: Facts, node: ast.expr) -> Iterator[set[ast.AST]]:
    """The origins of what ``make(save=False)`` leaves to its caller."""
    for keyword in node.keywords if facts.optional and isinstance(node, ast.Call) else ():
        default = facts.function.defaults.get(keyword.arg or "")
        match keyword.value, default:
            case ast.Constant(bool() as given), ast.Constant(bool() as usual):
                if given is not usual and keyword.arg is not None:
                    yield facts.optional.get(keyword.arg, set())
