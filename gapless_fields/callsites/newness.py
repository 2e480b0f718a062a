"""Whether a row is new, and conditions that ask for it."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gapless_fields.callsites.definitions import Function
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.values import Form, Object, Value
from gapless_fields.callsites.vocabulary import SAVING


def new_if(test: ast.expr, named: Mapping[str, ast.expr]) -> tuple[ast.expr | None, bool]:
    """The instance of which a condition asks whether it is new, and whether it holds if so.

    ``if not row.pk``, ``if row.pk is None``, ``if row._state.adding``, and ``if created`` of a
    receiver of signals.

    Args:
        test: the condition.
        named: the conditions that local names and attributes of ``self`` stand for.
    """
    match test:
        case ast.Name(id="created"):
            return test, True
        case ast.Name(id=name) if name in named:
            return new_if(named[name], {})
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if f"self.{name}" in named:
            return new_if(named[f"self.{name}"], {})
        case ast.Call(func=ast.Name(id="bool"), args=[inner]):
            return new_if(inner, named)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            owner, new = new_if(operand, named)
            return owner, not new
        case ast.BoolOp(op=ast.And(), values=operands):
            found = (new_if(operand, named) for operand in operands)
            return next(((owner, new) for owner, new in found if owner and new), (None, False))
        case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[right]):
            if isinstance(right, ast.Constant) and right.value is None:
                return new_if(left, named)[0], True
        case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[right]):
            if isinstance(right, ast.Constant) and right.value is None:
                return new_if(left, named)[0], False
        case ast.Attribute(value=ast.Attribute(value=owner, attr="_state"), attr="adding"):
            return owner, True
        case ast.Attribute(value=owner, attr="pk" | "id"):
            return owner, False
    return None, False


def none_if(test: ast.expr) -> tuple[ast.Name | None, bool]:
    """The name that a condition asks for None, and whether it holds if it is: ``if not row``."""
    match test:
        case ast.Name():
            return test, False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            name, none = none_if(operand)
            return name, not none
        case ast.Compare(
            left=ast.Name() as name,
            ops=[(ast.Is() | ast.IsNot()) as operator],
            comparators=[ast.Constant(value=None)],
        ):
            return name, isinstance(operator, ast.Is)
    return None, False


def asks_for_new_row(function: Function, owner: ast.expr | None) -> bool:
    """Whether the condition is about the row whose ``save()``, or signal, a function is."""
    if not isinstance(owner, ast.Name):
        return False
    names = [argument.arg for argument in function.arguments]
    if owner.id == "created":
        return "created" in names
    return function.name in SAVING and names[:1] == [owner.id]


_OF_CALLER = ast.FunctionDef | ast.AsyncFunctionDef | ast.arg


def is_new(frame: Frame, row: Value | None) -> bool | None:
    """Whether ``save()`` inserts a row; None where that depends on who calls the function."""
    if not isinstance(row, Object | Form) or getattr(row, "loose", False):
        return None
    if frame.is_fresh(row):
        return True
    return None if isinstance(row.origin, _OF_CALLER) else False
