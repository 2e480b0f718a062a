"""Code as it is written: names in expressions, and the statements of a block."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def path_of(node: ast.expr) -> str:
    """``a.b.c`` as text; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := path_of(node.value)):
        return f"{head}.{node.attr}"
    return ""


def name_of(node: ast.expr | None) -> str:
    """The last name of ``a.b.c``, or of a call of it; empty where it has none."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def last_name_of(node: ast.expr | None) -> str:
    """The last name of ``a.b.c``; empty for a call."""
    return "" if isinstance(node, ast.Call) else name_of(node)


def keywords_of(call: ast.Call) -> dict[str | None, ast.expr]:
    """The arguments that a call names."""
    return {keyword.arg: keyword.value for keyword in call.keywords}


def is_super(node: ast.expr) -> bool:
    """Whether this is ``super()``."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "super"


def blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of statements inside ``if``, ``try``, ``with`` and loops."""
    if isinstance(statement, ast.If | ast.For | ast.While | ast.With | ast.Try | ast.TryStar):
        yield statement.body
        yield getattr(statement, "orelse", [])
        yield getattr(statement, "finalbody", [])
        for handler in getattr(statement, "handlers", []):
            yield handler.body


def statements_in(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of a block, those in functions and classes as well: a tenth of all nodes."""
    for statement in body:
        yield statement
        inner = getattr(statement, "body", None)
        if inner is not None:
            yield from statements_in(inner)
            yield from statements_in(getattr(statement, "orelse", []))
            yield from statements_in(getattr(statement, "finalbody", []))
            for handler in getattr(statement, "handlers", ()):
                yield from statements_in(handler.body)
        for case in getattr(statement, "cases", ()):
            yield from statements_in(case.body)
