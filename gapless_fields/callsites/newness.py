"""Conditions that ask whether a row is new."""

from __future__ import annotations

import ast


def tests_for_new(test: ast.expr) -> tuple[ast.expr | None, bool]:
    """The instance of which a condition asks whether it is new, and whether it holds if so.

    ``if not row.pk``, ``if row.pk is None``, ``if row._state.adding``.
    """
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            owner, new = tests_for_new(operand)
            return owner, not new
        case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[right]):
            if isinstance(right, ast.Constant) and right.value is None:
                return tests_for_new(left)[0], True
        case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[right]):
            if isinstance(right, ast.Constant) and right.value is None:
                return tests_for_new(left)[0], False
        case ast.Attribute(value=ast.Attribute(value=owner, attr="_state"), attr="adding"):
            return owner, True
        case ast.Attribute(value=owner, attr="pk" | "id"):
            return owner, False
    return None, False
