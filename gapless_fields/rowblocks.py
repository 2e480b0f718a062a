"""Blocks that hold nothing but the saving of one row.

A model's own ``save()`` may open ``atomic()`` around ``super().save()``. That is no business step:
whatever its caller writes after the save stays outside.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

_BUILTINS = frozenset(vars(builtins))

_HARMLESS = frozenset(
    {
        *("full_clean", "clean", "clean_fields", "validate_unique", "atomic"),
        *("using", "select_for_update", "all", "filter", "exclude", "order_by", "values_list"),
        *("get", "first", "last", "exists", "count", "aggregate"),
        *("now", "today", "date", "format", "strip", "setdefault", "pop"),
    }
)
"""Methods that write no row."""

_FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
_With = ast.With | ast.AsyncWith


def saves_row_alone(function: ast.AST, *, decorated: bool) -> bool:
    """Whether what a ``save()`` or ``create()`` opens holds only the call of ``super()``.

    Args:
        function: the method's definition.
        decorated: whether a decorator opens ``atomic()`` around all of it.
    """
    if not isinstance(function, _FunctionDef):
        return False
    if decorated:
        return _holds_row_alone(function.body, function.name)
    outermost = list(_outermost_blocks(function.body, function.name))
    return bool(outermost) and all(
        _holds_row_alone(block.body, function.name) for block in outermost
    )


def _outermost_blocks(body: list[ast.stmt], name: str) -> Iterator[ast.With | ast.AsyncWith]:
    """The blocks around the calls of ``super().save()``."""
    for statement in body:
        if isinstance(statement, _With):
            if any(_is_super(node, name) for node in ast.walk(statement)):
                yield statement
        else:
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    yield from _outermost_blocks([child], name)
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    yield from _outermost_blocks(child.body, name)


def _holds_row_alone(body: list[ast.stmt], name: str) -> bool:
    nodes = (node for statement in body for node in ast.walk(statement))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return any(_is_super(node, name) for node in calls) and all(
        _is_super(node, name) or _is_harmless(node) for node in calls
    )


def _is_super(node: ast.AST, name: str) -> bool:
    """Whether this is ``super().save(…)``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and isinstance(node.func.value, ast.Call)
        and getattr(node.func.value.func, "id", "") == "super"
    )


def _is_harmless(node: ast.Call) -> bool:
    match node.func:
        case ast.Name(id=name):
            return name in _BUILTINS or name[:1].isupper()  # a class: ValidationError, Max, Q
        case ast.Attribute(attr=name):
            return name in _HARMLESS or name[:1].isupper()
    return False
