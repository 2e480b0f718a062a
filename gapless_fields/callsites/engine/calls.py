"""What a call does and returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gapless_fields.callsites.engine.arguments import Arguments
from gapless_fields.callsites.engine.builtin import Builtins, of_text
from gapless_fields.callsites.engine.callbacks import Callbacks
from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.expressions import Expressions
from gapless_fields.callsites.engine.options import parameters_of
from gapless_fields.callsites.engine.protocol import Invocation, Reader
from gapless_fields.callsites.engine.returns import Returns
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.summaries import Method
from gapless_fields.callsites.engine.values import (
    Atomic,
    Bound,
    ClassValue,
    Constant,
    External,
    FunctionValue,
    Instance,
    Items,
    Origin,
    Parameter,
    Value,
    Values,
    union,
)


class Calls:
    """Evaluates calls: of the project's functions, of Python's own, and of others by the rules.

    Args:
        reader: the engine.
        expressions: evaluates what is called, and the arguments.
    """

    def __init__(self, reader: Reader, expressions: Expressions) -> None:
        self._reader = reader
        self._expressions = expressions
        self._builtins = Builtins(reader, expressions.consumed)
        self.copied = self._builtins.copied
        self._arguments = Arguments(reader)
        self._callbacks = Callbacks(reader)
        self._returns = Returns(reader)

    def call(self, state: State, node: ast.Call) -> Values:
        reader = self._reader
        called = self._called(state, node)
        arguments = []
        for argument in node.args:
            values = reader.evaluate(state, argument)
            is_starred = isinstance(argument, ast.Starred)  # also of a generator
            arguments.append(reader.iterated(state, argument, values) if is_starred else values)
        keywords = {k.arg or "**": reader.evaluate(state, k.value) for k in node.keywords}
        for name, values in _written_out(keywords.get("**", ())):  # behind those of the call itself
            keywords.setdefault(name, values)
        call = Invocation(state, node, arguments, keywords)
        if (found := reader.rules.call_named(call, called)) is not None:
            return found
        self._arguments.give(call, called)
        self._callbacks.note(call, called)
        return union(*(self.call_value(call, value) for value in called))

    def _called(self, state: State, node: ast.Call) -> Values:
        """What a call calls; of an object that is called itself, its ``__call__()``."""
        found = self._reader.evaluate(state, node.func)
        if not any(isinstance(value, Instance) for value in found):
            return found
        return tuple(self._callable(value) for value in found)

    def _callable(self, value: Value) -> Value:
        if isinstance(value, Instance) and isinstance(value.cls, Class):
            method = self._reader.classes.find_method(value.cls, "__call__")
            if method is not None:
                return FunctionValue(method, receiver=value)
        return value

    def call_value(self, call: Invocation, called: Value) -> Values:
        reader, state, node = self._reader, call.state, call.node
        if isinstance(called, External) and not called.path.startswith(("builtins.", "django.")):
            state.record_call(called, node.lineno, node=node)
            if self._holds_numbered(call.arguments):
                for value in reader.modules.passed_over(called, state.module):
                    if isinstance(value, FunctionValue | ClassValue):
                        return self.call_value(call, value)
        elif (own := _own_method(called)) is not None and not reader.rules.is_save(own.name):
            state.record_call(own, node.lineno, node=node)
        found = reader.rules.call(call, called)
        if found is not None:
            return found
        match called:
            case External(path) if path.startswith("builtins."):
                return self._builtins.call(call, called.name)
            case External(path):
                return (External(f"{path}()"),)
            case ClassValue(cls):
                return self._construct(call, cls)
            case FunctionValue():
                return self.call_function(state, node, called, call.everything)
            case Bound(Items() as items):
                return self._builtins.of_items(call, called, items)
            case Bound(Constant(str() as text), name):
                return of_text(call, text, name)
            case Bound():
                return reader.rules.method(call, called)
            case Parameter():
                state.record_call(called, node.lineno, how="direct")
            case Atomic():  # atomic(using=…)(function)
                return self.wrap(call, called)
        return ()

    def _construct(self, call: Invocation, cls: Class) -> Values:
        origin = Origin(call.node)
        call.state.rows.renew([origin])
        init = self._reader.classes.find_method(cls, "__init__")
        if init is not None:
            call.state.record_call(init, call.node.lineno, how="direct", receiver=cls)
        return (Instance(cls, origin),)

    def wrap(self, call: Invocation, atomic: Atomic) -> Values:
        """``atomic(function)``: the function, inside a transaction whenever it is called."""
        wrapped: list[Value] = []
        for value in call.first:
            if isinstance(value, FunctionValue):
                within = (*value.within, atomic)
                wrapped.append(FunctionValue(value.function, within, value.receiver))
            elif isinstance(value, Parameter):
                opened = (*call.state.open, atomic)
                call.state.record_call(value, call.node.lineno, how="direct", opened=opened)
        return (*wrapped, atomic)

    def call_function(
        self, state: State, node: ast.expr, value: FunctionValue, arguments: Sequence[Values] = ()
    ) -> Values:
        reader, function = self._reader, value.function
        # of a manager, the model
        receiver = getattr(value.receiver, "cls", getattr(value.receiver, "model", None))
        state.record_call(
            function,
            node.lineno,
            opened=(*state.open, *value.within),
            receiver=receiver if isinstance(receiver, Class) else None,
            new=is_new(state, value.receiver) if reader.rules.is_save(function.name) else None,
            node=node if isinstance(node, ast.Call) else None,
        )
        reader.rules.calling(state, value)
        if isinstance(function.node, ast.GeneratorExp):
            return self._expressions.consumed(state, function.node)
        found = reader.rules.call_function(function, arguments)
        if found is not None:
            return found
        if node is state.unused or not function.returns_something:
            return ()
        reader.solver.ask(function.module)
        passed_over = function.module not in reader.scanned and not reader.modules.parsing.depth
        if passed_over and not self._holds_numbered(arguments):
            return ()
        return self._returns.of(state, node, value, _by_parameter(function, node, arguments))

    def _holds_numbered(self, arguments: Sequence[Values]) -> bool:
        """Whether a row of a numbered model is among the arguments."""
        return any(self._reader.rules.is_numbered(v) for values in arguments for v in values)


_OF_CALLER = ast.FunctionDef | ast.AsyncFunctionDef | ast.arg


def is_new(state: State, row: Value | None) -> bool | None:
    """Whether ``save()`` inserts a row; None where that depends on who calls the function."""
    if not isinstance(row, Instance) or state.rows.maybe_saved(row):
        return None
    if state.rows.may_be_new(row):
        return True
    is_callers = isinstance(row.origin.node, _OF_CALLER) and row.origin.parameter is None
    return None if is_callers else False


def _own_method(called: Value) -> Method | None:
    """The method of a class of the project that is called on an instance of it."""
    if not isinstance(called, Bound) or called.by_super or type(called.receiver) is not Instance:
        return None
    cls = called.receiver.cls
    return Method(cls, called.name) if isinstance(cls, Class) else None


def _by_parameter(
    function: Function, node: ast.expr, arguments: Sequence[Values]
) -> dict[str, Values]:
    """What a call gives to each parameter."""
    if not isinstance(node, ast.Call):
        return {}
    return dict(zip(parameters_of(function, node), arguments, strict=False))


def _written_out(values: Values) -> Iterator[tuple[str, Values]]:
    """The arguments that ``**kwargs`` holds, as far as they are written out."""
    for value in values:
        if isinstance(value, Items):
            yield from ((key, value.at(key)) for key in value.keys if key is not None)
