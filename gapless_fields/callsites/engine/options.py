"""Conditions on a function's parameters, and the calls by which they hold."""

from __future__ import annotations

import ast
from typing import NamedTuple

from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.summaries import Option, Summary
from gapless_fields.callsites.engine.values import Origin

Both = tuple[tuple[Option, ...], tuple[Option, ...]]


def options_of(test: ast.expr) -> Both:
    """What must hold of names where a condition is true, and where it is not."""
    match test:
        case ast.Name(id=name):
            return (Option(name, "true", True),), (Option(name, "true", False),)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yes, no = options_of(operand)
            return no, yes
        case ast.Compare(
            left=ast.Name(id=name),
            ops=[(ast.Is() | ast.IsNot()) as operator],
            comparators=[ast.Constant(value=None)],
        ):
            is_none = isinstance(operator, ast.Is)
            return (Option(name, "none", is_none),), (Option(name, "none", not is_none),)
        case ast.BoolOp(op=ast.And(), values=operands):
            return tuple(o for operand in operands for o in options_of(operand)[0]), ()
        case ast.BoolOp(op=ast.Or(), values=operands):
            return (), tuple(o for operand in operands for o in options_of(operand)[1])
    return (), ()


def option_of(test: ast.expr) -> Option | None:
    """What ``if name`` and ``if not name`` ask of a parameter; None for other conditions."""
    yes, no = options_of(test)
    return yes[0] if len(yes) == len(no) == 1 and yes[0].kind == "true" else None


def kept_parameters(function: Function) -> frozenset[str]:
    """The parameters that a function gives no other value."""
    names = set(function.parameters)
    for node in ast.walk(function.node) if names else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.discard(node.id)
    return frozenset(names)


def parameters_of(function: Function, node: ast.Call) -> list[str]:
    """The names of the parameters that a call's arguments go to; empty where not known."""
    names = function.parameters
    is_method = function.cls is not None and function.outer is None
    if is_method and not function.has_decorator("staticmethod"):
        names = names[1:]
    positional = [*names, *[""] * len(node.args)][: len(node.args)]
    by_name = [keyword.arg or "" for keyword in node.keywords]
    return [*positional, *(name if name in names else "" for name in by_name)]


def may_set(node: ast.Call | None, function: Function, options: tuple[Option, ...]) -> bool:
    """Whether a call of a function may be one by which all of that holds."""
    if node is None or not options or any(keyword.arg is None for keyword in node.keywords):
        return True
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    if any(isinstance(value, ast.Starred) for value in values):
        return True
    given = dict(zip(parameters_of(function, node), values, strict=False))
    for option in options:
        value = given.get(option.name, function.defaults.get(option.name))
        if isinstance(value, ast.Constant):
            holds = value.value is None if option.kind == "none" else bool(value.value)
            if holds is not option.wanted:
                return False
    return True


class Chosen(NamedTuple):
    """The instances of a function that are saved or not because of the options of a call."""

    saved: set[Origin]
    unsaved: set[Origin]
    doubtful: set[Origin]
    """Those of which the option that is given is not written out."""

    @classmethod
    def of(cls, summary: Summary, node: ast.expr) -> Chosen:
        """What ``make(save=False)`` leaves to its caller, and ``make(commit=True)`` saves."""
        chosen = cls(set(), set(), set())
        if not isinstance(node, ast.Call) or not (summary.optional or summary.saved_with):
            return chosen
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        for name, value in zip(parameters_of(summary.function, node), values, strict=False):
            unsaved, saved = summary.optional.get(name, set()), summary.saved_with.get(name, set())
            match value, summary.function.defaults.get(name):
                case ast.Constant(value=bool() as given), ast.Constant(value=bool() as usual):
                    if given is not usual:
                        chosen.unsaved.update(unsaved)
                        chosen.saved.update(saved)
                case _, ast.Constant(value=False):
                    chosen.doubtful.update(saved)
        return chosen
