"""Conditions on a function's parameters, and the calls by which they hold."""

from __future__ import annotations

import ast

from gapless_fields.callsites.definitions import Function
from gapless_fields.callsites.facts import Option
from gapless_fields.callsites.giving import given_parameters

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


def kept_parameters(function: Function) -> frozenset[str]:
    """The parameters that a function gives no other value."""
    names = {argument.arg for argument in function.arguments}
    for node in ast.walk(function.node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.discard(node.id)
    return frozenset(names)


def may_set(node: ast.Call | None, function: Function, options: tuple[Option, ...]) -> bool:
    """Whether a call of a function may be one by which all of that holds."""
    if node is None or not options or any(keyword.arg is None for keyword in node.keywords):
        return True
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    if any(isinstance(value, ast.Starred) for value in values):
        return True
    given = dict(zip(given_parameters(function, node), values, strict=False))
    for option in options:
        value = given.get(option.name, function.defaults.get(option.name))
        if isinstance(value, ast.Constant):
            holds = value.value is None if option.kind == "none" else bool(value.value)
            if holds is not option.wanted:
                return False
    return True
