"""Functions that are passed to others, and calls that are known by a name alone."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.builtin import IN_PLACE
from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.options import parameters_of
from gapless_fields.callsites.engine.protocol import Invocation, Reader
from gapless_fields.callsites.engine.summaries import Named
from gapless_fields.callsites.engine.syntax import last_name_of
from gapless_fields.callsites.engine.values import (
    Bound,
    External,
    FunctionValue,
    Parameter,
    Value,
    Values,
    last_name,
    texts_in,
    union,
)


class Callbacks:
    """Notes what a call may lead to beside what is called."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def note(self, call: Invocation, called: Values) -> None:
        if call.arguments or call.keywords:
            self._note_passed(call, called)
        self._note_name(call, called)

    def _note_name(self, call: Invocation, called: Values) -> None:
        """Remember the name of a method where nothing is known of what it is called on."""
        node = call.node
        if not isinstance(node.func, ast.Attribute):
            return
        owner = node.func.value
        on = last_name_of(owner.func if isinstance(owner, ast.Call) else owner)
        is_form = any(self._reader.rules.is_form_method(value) for value in called)
        if is_form or all(isinstance(v, External) and _is_of_instance(v) for v in called):
            named = Named(node.func.attr, on, is_form)
            call.state.record_call(named, node.lineno, node=node)

    def _note_passed(self, call: Invocation, called: Values) -> None:
        """Functions among the arguments: called here, later, or who knows when."""
        rules, node, state = self._reader.rules, call.node, call.state
        names = {last_name(value) for value in called} or {last_name_of(node.func)}
        if rules.keeps(names):
            return
        given = union(*call.everything)
        how = next((how for name in sorted(names) if (how := rules.defers(name))), "")
        passed = [value for value in given if _may_be_called(value)]
        if how == "queue":
            passed += [External(path) for path in texts_in(given)]
        for value in passed:
            if how and isinstance(value, FunctionValue | External):
                target = value.function if isinstance(value, FunctionValue) else value
                state.record_call(target, node.lineno, how=how, opened=())
            elif how:
                later = state.branch()
                later.deferred, later.open = how, ()
                self._reader.call_value(Invocation(later, node, [], {}), value)
            elif isinstance(value, FunctionValue | External):
                self._note_function(call, called, names, value)

    def _note_function(
        self, call: Invocation, called: Values, names: set[str], value: FunctionValue | External
    ) -> None:
        state, node = call.state, call.node
        target = value.function if isinstance(value, FunctionValue) else value
        if _is_generator(value) or not names.isdisjoint(IN_PLACE):
            self._reader.call_value(Invocation(state, node, [], {}), value)
        elif not self._reader.rules.connects(call, names, target):
            within = value.within if isinstance(value, FunctionValue) else ()
            via = _parameter_for(value, call, called)
            how = "passed" if via else "escapes"
            state.record_call(target, node.lineno, how=how, opened=(*state.open, *within), via=via)


def _is_of_instance(value: External) -> bool:
    """Whether a method's path leads through something that another package returned."""
    owner = value.path.rpartition(".")[0]
    return "()" in owner or owner.split(".")[0] == "request"


def _may_be_called(value: Value) -> bool:
    """Whether a value is a function, or a name that was passed over and may be one."""
    match value:
        case FunctionValue() | Bound():
            return True
        case External(path):
            return "()" not in path and not path.startswith(("builtins.", "django.", "request"))
    return False


def _is_generator(value: Value) -> bool:
    function = getattr(value, "function", None)
    return isinstance(function, Function) and isinstance(function.node, ast.GeneratorExp)


def _parameter_for(passed: Value, call: Invocation, called: Values) -> Parameter | None:
    """The parameter that a function of the project gets another one by."""
    functions = [value for value in called if isinstance(value, FunctionValue)]
    if len(functions) != 1:
        return None
    function = functions[0].function
    given = parameters_of(function, call.node)
    for name, values in zip(given, call.everything, strict=False):
        if passed in values and name:
            return Parameter(function, name)
    return None
