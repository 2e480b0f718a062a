"""What a call does and returns."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Call, Method
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.handing import last_name_of
from gapless_fields.callsites.newness import is_new
from gapless_fields.callsites.returns import Returns
from gapless_fields.callsites.values import (
    Atomic,
    Bound,
    ClassValue,
    External,
    FormClass,
    FunctionValue,
    Items,
    Object,
    Parameter,
    Value,
    Values,
    union,
)
from gapless_fields.callsites.vocabulary import CLASS_GETTERS, MODEL_GETTERS, SAVING


class Calls(Returns):
    @abstractmethod
    def context_of(self, function: Function) -> Values:
        """What ``with function():`` opens, for a generator with ``@contextmanager``."""

    def call(self, frame: Frame, node: ast.Call) -> Values:
        called = self._called(frame, node)
        arguments = []
        for argument in node.args:
            values = self.evaluate(frame, argument)
            is_starred = isinstance(argument, ast.Starred)  # also of a generator
            arguments.append(self.iterated(frame, argument, values) if is_starred else values)
        keywords: dict[str, Values] = {}
        for keyword in node.keywords:
            values = self.evaluate(frame, keyword.value)
            keywords[keyword.arg or "**"] = values
        for name, values in _written_out(keywords.get("**", ())):  # behind those of the call itself
            keywords.setdefault(name, values)
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
                    if self.holds_numbered(arguments):
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
            forms = [self.new_form(frame, node, m, cls, arguments, keywords) for m in models]
            self.note_form(cls, is_new=any(frame.is_fresh(form) for form in forms))
            return tuple(forms)
        self.numbers_given(frame, node, cls, keywords)
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
                node=node if isinstance(node, ast.Call) else None,
            )
        )
        if isinstance(value.receiver, Object) and function.name not in SAVING:
            self.set_by_method(frame, value.receiver, function)
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
        if passed_over and not self.holds_numbered(arguments):
            return ()
        return self.returned_by(frame, node, value, arguments)


def _written_out(values: Values) -> Iterator[tuple[str, Values]]:
    """The arguments that ``**kwargs`` holds, as far as they are written out."""
    for value in values:
        if isinstance(value, Items):
            yield from ((key, value.at(key)) for key in value.keys if key is not None)
