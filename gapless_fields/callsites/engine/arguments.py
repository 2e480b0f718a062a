"""What functions are given to save: new rows, lists of those, models and forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.options import Chosen, parameters_of
from gapless_fields.callsites.engine.protocol import Invocation, Reader
from gapless_fields.callsites.engine.values import (
    ClassValue,
    Constant,
    External,
    FunctionValue,
    Instance,
    Items,
    Newness,
    Origin,
    Parameter,
    Value,
    Values,
    elements_of,
    union,
)


class Arguments:
    """Tells functions what they are given."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def give(self, call: Invocation, called: Values) -> None:
        """Tell what is called of the unsaved rows, lists of those, and models among its arguments.

        Of several views' methods, what they make and save is their own; a row is passed on.
        """
        rules = self._reader.rules
        if any(_is_off(values) for k, values in call.keywords.items() if rules.option_default(k)):
            return  # ``save=False``: the row stays with the caller
        for value in called:
            if isinstance(value, FunctionValue) and isinstance(value.receiver, Instance):
                self._give_receiver(call, value.function, value.receiver)
        if not call.arguments and not call.keywords:
            return
        if any(rules.matters(call.state, v) or rules.is_numbered(v)
               for v in union(*call.everything)):  # fmt: skip
            meant = (function for value in called for function in self._meant(call, value))
            functions = list(dict.fromkeys(meant))
            for function in functions:
                self._give_to(call, function, rows_alone=len(functions) > 1)
            for value in called:
                if isinstance(value, ClassValue):
                    self._give_constructor(call, value.cls)

    def _give_constructor(self, call: Invocation, cls: Class) -> None:
        """``Importer(Invoice)``: tell the constructor of the models among its arguments."""
        init = self._reader.classes.find_method(cls, "__init__")
        if init is not None:
            given = zip(parameters_of(init, call.node), call.everything, strict=False)
            for name, one in ((n, one) for n, values in given for one in values if n):
                if isinstance(one, ClassValue) and self._reader.rules.matters(call.state, one):
                    self._give_one(call, Parameter(init, name), one)

    def _give_to(self, call: Invocation, function: Function, *, rows_alone: bool) -> None:
        rules = self._reader.rules
        given = zip(parameters_of(function, call.node), call.everything, strict=False)
        for name, values in given:
            for one in values if name else ():
                if rows_alone and type(one) is not Instance:
                    continue
                if rules.matters(call.state, one) or (
                    rules.is_numbered(one) and rules.makes_another(function, name)
                ):
                    self._give_one(call, Parameter(function, name), one)

    def _give_receiver(self, call: Invocation, function: Function, row: Instance) -> None:
        """``invoice.finish()``, where the method saves ``self``, which is new."""
        rules, rows = self._reader.rules, call.state.rows
        is_new = rows.may_be_new(row) and not rows.maybe_saved(row)
        if is_new and rules.is_numbered(row) and not rules.is_save(function.name):
            for name in function.parameters[:1]:
                self._give_one(call, Parameter(function, name), row)

    def _give_one(self, call: Invocation, parameter: Parameter, one: Value) -> None:
        solver, rows = self._reader.solver, call.state.rows
        parts = elements_of((one,)) or (one,)
        is_new = any(rows.may_be_new(part) for part in parts)
        if not solver.tell(call.state.function, parameter, one, is_new=is_new):
            return
        call.state.summary.gives.add((parameter.function, call.node.lineno))
        summary = solver.summary(parameter.function)
        chosen = Chosen.of(summary, call.node)
        for row in (one, *elements_of((one,))):
            if isinstance(row, Instance):
                inner = origin_in(parameter, row)
                if inner in summary.saves or inner in chosen.saved:
                    rows.not_new([row.origin])
                elif inner in chosen.doubtful:
                    rows.newness[row.origin] = Newness.EITHER

    def _meant(self, call: Invocation, called: Value) -> Iterator[Function]:
        values: Values = (called,)
        if isinstance(called, External) and not called.path.startswith(("builtins.", "django.")):
            values = self._reader.modules.passed_over(called, call.state.module)
        for value in values:
            if isinstance(value, FunctionValue):
                yield value.function


def _is_off(values: Values) -> bool:
    return values == (Constant(False),)


def taken(parameter: Parameter, value: Value) -> Value:
    """What a function takes a value for that it is given: one of whatever calls give it."""
    match value:
        case Instance():
            return replace(value, origin=origin_in(parameter, value))
        case Items(elements):
            held = (tuple(taken(parameter, v) for v in values) for values in elements)
            return replace(value, elements=tuple(tuple(dict.fromkeys(v)) for v in held))
    return value


def origin_in(parameter: Parameter, row: Instance) -> Origin:
    """Where a row of that class comes from, for the function that it is given to."""
    nodes = (a for a in parameter.function.arguments if a.arg == parameter.name)
    return Origin(next(nodes, parameter.function.node), row.identity, parameter)


def given_by(function: Function, value: Value) -> str | None:
    """The parameter by which a function was given a value; None for its own."""
    parameter = value if isinstance(value, Parameter) else None
    if isinstance(value, Instance):
        parameter = value.origin.parameter
    return parameter.name if parameter is not None and parameter.function is function else None
