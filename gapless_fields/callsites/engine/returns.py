"""What the project's functions return, as values of their callers."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from gapless_fields.callsites.engine.arguments import given_by
from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.options import Chosen
from gapless_fields.callsites.engine.protocol import Reader
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.summaries import Summary
from gapless_fields.callsites.engine.values import (
    FunctionValue,
    Instance,
    Items,
    Newness,
    Origin,
    Parameter,
    Value,
    Values,
    class_of,
    union,
)


@dataclass(slots=True)
class _Call:
    """A call of a function of the project, as far as it says what that returns."""

    state: State
    value: FunctionValue
    summary: Summary
    unsaved: set[Origin]
    """The origins of what the function leaves unsaved."""
    maybe_saved: set[Origin]
    """The origins of what it may have saved."""
    given: dict[str, Values]
    """What the call gives to each parameter."""


class Returns:
    """Tells callers what functions return."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def of(
        self, state: State, node: ast.expr, value: FunctionValue, given: dict[str, Values]
    ) -> Values:
        """What a call of a function of the project returns."""
        summary = self._reader.solver.summary(value.function)
        chosen = Chosen.of(summary, node)
        unsaved = (summary.unsaved | chosen.unsaved) - chosen.saved - chosen.doubtful
        maybe_saved = summary.maybe_saved | chosen.doubtful
        call = _Call(state, value, summary, unsaved, maybe_saved, given)
        origin = Origin(node)
        return union(*(self._returned(call, origin, one) for one in list(summary.returns)))

    def _returned(self, call: _Call, origin: Origin, returned: Value) -> Values:
        """What a call returns, as a value of the caller: of its receiver's class, from here."""
        function, receiver = call.value.function, call.value.receiver
        if isinstance(receiver, Instance) and _is_self(returned, function):
            return (receiver,)
        name = given_by(function, returned)
        if name is not None and receiver is not None and name == function.parameters[0]:
            return (receiver,)
        if name is not None:  # what this call gives it, not what others do
            given = call.given.get(name, ())
            return _twins(call.state, origin, given) if name in call.summary.renews else given
        match returned:
            case Instance() if self._is_for_others(call, returned):
                return ()
            case Instance():
                if returned.origin in call.unsaved:
                    call.state.rows.renew([origin])
                elif returned.origin in call.maybe_saved:
                    call.state.rows.newness.setdefault(origin, Newness.EITHER)
                one = replace(returned, origin=origin)
                return self._reader.rules.returned(function.cls, receiver, one)
            case Items(elements, fixed):
                several = fixed and len(elements) > 1
                parts = [_part(origin, i) if several else origin for i in range(len(elements))]
                found = [
                    union(*(self._returned(call, part, v) for v in element))
                    for part, element in zip(parts, elements, strict=True)
                ]
                return (Items(tuple(found), fixed, returned.keys),)
        return self._reader.rules.returned(function.cls, receiver, returned)

    def _is_for_others(self, call: _Call, returned: Instance) -> bool:
        """Whether a function returns a row, or form, of a class that another call gives it."""
        function, cls = call.value.function, returned.cls
        if not isinstance(cls, Class) or cls.name.encode() in function.text:
            return False
        for name in function.parameters:
            given = self._reader.solver.told(Parameter(function, name))
            if any(class_of(value) is cls for value in given):
                return all(class_of(v) is not cls for v in call.given.get(name, ()))
        return False


def _is_self(returned: Value, function: Function) -> bool:
    """Whether a method returns the row that it is called on."""
    return isinstance(returned, Instance) and returned.origin == Origin(function.node)


def _part(origin: Origin, position: int) -> Origin:
    """The origin of one of several rows, or lists of rows, that a call returns."""
    return Origin(origin.node, (origin.part, position))


def _twins(state: State, origin: Origin, values: Values) -> Values:
    """What ``clone(row)`` returns, which sets the primary key to None."""
    state.rows.renew([origin])
    return tuple(Instance(v.cls, origin) for v in values if type(v) is Instance)
