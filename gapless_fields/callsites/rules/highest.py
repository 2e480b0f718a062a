"""Queries for the highest number of a model, by their syntax."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gapless_fields.callsites.engine.syntax import name_of

MOST_OF_A_TEXT = 70


def aggregated(node: ast.Call, fields: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """The maxima of numbers that ``aggregate()`` returns.

    Each with its key in the dict, the field, and whether 1 is added to it.
    """
    for key, argument in [
        *((None, argument) for argument in node.args),
        *((keyword.arg, keyword.value) for keyword in node.keywords),
    ]:
        field = next((f for inner in ast.walk(argument) if (f := _maximum(inner, fields))), None)
        if field is not None:
            added = any(is_one_added(inner) for inner in ast.walk(argument))
            yield key or f"{field}__max", field, added


def _maximum(node: ast.AST, fields: Sequence[str]) -> str | None:
    if not isinstance(node, ast.Call) or name_of(node) != "Max" or not node.args:
        return None
    named = (n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant))
    return next((field for field in named if isinstance(field, str) and field in fields), None)


def is_one_added(node: ast.AST) -> bool:
    """Whether this is ``… + 1`` or ``1 + …``."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add)
        and (is_one(node.left) or is_one(node.right))
    )


def is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1 and node.value is not True


def is_last_row(origin: ast.AST) -> bool:
    """Whether a query returns the last row: ``latest()``, ``last()``, ``order_by("-…").first()``.

    Args:
        origin: where the row came from.
    """
    match origin:
        case ast.Await(value=value):
            return is_last_row(value)
        case ast.Call(func=ast.Attribute(value=query, attr=name)):
            if name in ("latest", "alatest", "last", "alast"):
                return not _descends(query)
            return name in ("first", "afirst") and _descends(query)
        case ast.Subscript(value=query, slice=ast.Constant(value=0)):
            return _descends(query)
    return False


def _descends(query: ast.expr) -> bool:
    """Whether a query is ordered by a column, the highest first."""
    for node in ast.walk(query):
        if isinstance(node, ast.Call) and name_of(node) == "order_by" and node.args:
            first = node.args[0]
            return isinstance(first, ast.Constant) and str(first.value).startswith("-")
    return False


def text_of(node: ast.AST) -> str:
    """An expression or statement, as far as a message shows it."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= MOST_OF_A_TEXT else f"{text[: MOST_OF_A_TEXT - 1]}…"
