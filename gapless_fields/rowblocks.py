"""Blocks that hold nothing but the saving of one row.

A model's own ``save()`` may open ``atomic()`` around ``super().save()``. That is no business step:
whatever its caller writes after the save stays outside.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator

_BUILTINS = frozenset({*vars(builtins), "slugify", "gettext", "_", "uuid4"})

_HARMLESS = frozenset(
    {
        *("full_clean", "clean", "clean_fields", "validate_unique", "atomic"),
        *("using", "select_for_update", "all", "filter", "exclude", "order_by", "values_list"),
        *("get", "first", "last", "exists", "count", "aggregate"),
        *("refresh_from_db", "debug", "info", "warning", "error", "exception"),
        *("now", "today", "date", "format", "strip", "setdefault", "pop"),
    }
)
"""Methods that write no row."""

MOST_STEPS = 3
"""From ``save()`` to a method that it calls on the row, and on to those that this one calls."""

_FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
_With = ast.With | ast.AsyncWith
FindMethod = Callable[[str], "ast.AST | None"]


def saves_row_alone(function: ast.AST, find: FindMethod, *, decorated: bool) -> bool:
    """Whether what a ``save()`` or ``create()`` opens holds only the call of ``super()``.

    Calls that write no row, and what ``on_commit()`` runs after the block, do not count.

    Args:
        function: the method's definition.
        find: the definition of another method of its class, by name; None where it is not known.
        decorated: whether a decorator opens ``atomic()`` around all of it.
    """
    if not isinstance(function, _FunctionDef):
        return False
    reader = _Reader(function.name, find)
    if decorated:
        return reader.holds_row_alone(function.body)
    outermost = list(_outermost_blocks(function.body, function.name))
    return bool(outermost) and all(reader.holds_row_alone(block.body) for block in outermost)


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


class _Reader:
    """Tells what the calls in a ``save()`` may write."""

    def __init__(self, name: str, find: FindMethod) -> None:
        self._name = name
        self._find = find

    def holds_row_alone(self, body: list[ast.stmt]) -> bool:
        calls = [call for statement in body for call in _calls(statement)]
        return any(_is_super(call, self._name) for call in calls) and all(
            _is_super(call, self._name) or self._is_harmless(call, MOST_STEPS) for call in calls
        )

    def _is_harmless(self, call: ast.Call, steps: int) -> bool:
        match call.func:
            case ast.Name(id=name):
                return name in _BUILTINS or name[:1].isupper()  # a class: ValidationError, Max, Q
            case ast.Attribute(attr=name) if name in _HARMLESS or name[:1].isupper():
                return True
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                method = self._find(name) if steps else None
                return method is not None and all(
                    self._is_harmless(inner, steps - 1) for inner in _calls(method)
                )
        return False


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a statement or a method; not those in what ``on_commit()`` is given."""
    if isinstance(node, ast.Call):
        if getattr(node.func, "attr", getattr(node.func, "id", "")) == "on_commit":
            return
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _calls(child)


def _is_super(node: ast.AST, name: str) -> bool:
    """Whether this is ``super().save(…)``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and isinstance(node.func.value, ast.Call)
        and getattr(node.func.value.func, "id", "") == "super"
    )
