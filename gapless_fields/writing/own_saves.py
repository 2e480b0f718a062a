"""``atomic()`` blocks that a model's own ``save()`` opens for its row alone.

Such a block ends before the lines that its caller writes after the save, so it does not count as
inside. It is read from the source of the method, once for each method. If the source is not there,
or the block holds more than ``super().save()``, the block counts.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Sequence
from contextlib import ContextDecorator
from functools import cache
from types import FrameType
from typing import NamedTuple

from django.db.models import Model
from django.db.transaction import Atomic

from gapless_fields.rowblocks import saves_row_alone

_SAVES = frozenset({"save", "save_base"})


def is_own_save(frame: FrameType, rows: Sequence[Model]) -> bool:
    """Return whether a frame runs a row's own ``save()`` or ``save_base()``."""
    code = frame.f_code
    if code.co_name not in _SAVES or not code.co_argcount:
        return False
    receiver = frame.f_locals.get(code.co_varnames[0])
    return any(receiver is row for row in rows)


def blocks_of_save(frame: FrameType, alias: str) -> int:
    """Return how many ``atomic()`` blocks the frame of a ``save()`` has opened for its row alone.

    Args:
        frame: where :func:`is_own_save` is true.
        alias: the database whose blocks count.
    """
    decorator = block_of_decorator(frame.f_back)
    code = frame.f_code
    if decorator is None and "atomic" not in code.co_names:
        return 0
    method = _method(code.co_filename, code.co_name, code.co_firstlineno)
    blocks = 0
    if method.holds_row_alone:
        blocks += sum(
            first <= frame.f_lineno <= last and using == alias
            for first, last, using in method.blocks
        )
    if decorator is not None and (decorator.using or "default") == alias:
        blocks += method.is_row_alone
    return blocks


def block_of_decorator(frame: FrameType | None) -> Atomic | None:
    """Return the block of ``@transaction.atomic``, if this is the frame that has opened it."""
    if frame is None or frame.f_code.co_filename != _CONTEXTLIB or frame.f_code.co_name != "inner":
        return None
    block = frame.f_locals.get("self")
    return block if isinstance(block, Atomic) else None


_CONTEXTLIB = ContextDecorator.__call__.__code__.co_filename


class _Method(NamedTuple):
    """What the source of a method says of its ``atomic()`` blocks."""

    holds_row_alone: bool = False
    is_row_alone: bool = False
    """Whether all of the method holds only its row, so that a decorator's block does."""
    blocks: tuple[tuple[int, int, str | None], ...] = ()
    """The first and last line of each ``with atomic():``, and its database, if it names one."""


@cache
def _method(filename: str, name: str, line: int) -> _Method:
    """Return what the source says; nothing, if it is not there."""
    node, beside = _definition(filename, name, line)
    if node is None:
        return _Method()
    return _Method(
        saves_row_alone(node, beside.get, decorated=False),
        saves_row_alone(node, beside.get, decorated=True),
        tuple(_blocks(node)),
    )


def _blocks(function: ast.AST) -> Iterator[tuple[int, int, str | None]]:
    for node in ast.walk(function):
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                called = call.func if isinstance(call, ast.Call) else None
                if isinstance(call, ast.Call) and "atomic" in (
                    getattr(called, "id", ""),
                    getattr(called, "attr", ""),
                ):
                    yield node.body[0].lineno, node.end_lineno or 0, _using(call)


def _using(call: ast.Call) -> str | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("using", None)]
    values = [*call.args[:1], *named]
    if not values:
        return "default"
    value = values[0].value if isinstance(values[0], ast.Constant) else ""
    return (str(value) or None) if value is not None else "default"


def _definition(
    filename: str, name: str, line: int
) -> tuple[ast.FunctionDef | None, dict[str, ast.AST]]:
    """Return the definition of a method, and those of the other methods of its class by name."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return None, {}
    beside: dict[ast.AST, dict[str, ast.AST]] = {}
    for cls in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        methods = [node for node in cls.body if isinstance(node, ast.FunctionDef)]
        by_name: dict[str, ast.AST] = {method.name: method for method in methods}
        beside |= dict.fromkeys(methods, by_name)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first == line:
                return node, beside.get(node, {})
    return None, {}
