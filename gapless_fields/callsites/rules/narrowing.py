"""``if isinstance(form, InvoiceForm)``: what a name stands for where that holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple


class Narrowing(NamedTuple):
    """What a condition says of the class of something."""

    of: ast.expr
    """The thing."""
    classes: ast.expr
    """A class, or a tuple of some."""
    holds: bool
    """In which branch it is one of those: where the condition is true, or where it is false."""
    both: bool = True
    """Whether it is none of those in the other branch."""


def narrowings(test: ast.expr) -> Iterator[Narrowing]:
    """What a condition says of classes: ``isinstance()``, ``type(form) is InvoiceForm``."""
    match test:
        case ast.Call(func=ast.Name(id="isinstance"), args=[of, classes]):
            yield Narrowing(of, classes, True)
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="type"), args=[of]) | ast.Attribute(of, "__class__"),
            ops=[(ast.Is() | ast.Eq() | ast.IsNot() | ast.NotEq()) as operator],
            comparators=[cls],
        ):
            yield Narrowing(of, cls, isinstance(operator, ast.Is | ast.Eq))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            for found in narrowings(operand):
                yield found._replace(holds=not found.holds)
        case ast.BoolOp(op=operator, values=operands):
            holds = isinstance(operator, ast.And)
            for operand in operands:
                for found in narrowings(operand):
                    if found.holds is holds:
                        yield found._replace(both=False)
