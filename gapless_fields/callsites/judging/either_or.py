"""``if atomic: with atomic(): step()``, ``else: step()``: a transaction on a condition."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.summaries import Caller
from gapless_fields.callsites.engine.syntax import statements_in
from gapless_fields.callsites.judging.verdicts import INSIDE, OUTSIDE, UNKNOWN, Verdict


def either_or(callers: list[Caller], verdicts: list[Verdict]) -> list[Verdict]:
    """The same verdicts; unknown for a call that a condition replaces by one that is inside."""
    inside = [
        caller
        for caller, verdict in zip(callers, verdicts, strict=True)
        if verdict.verdict == INSIDE
    ]
    return [
        Verdict(UNKNOWN, "inside a transaction on a condition", verdict.path)
        if verdict.verdict == OUTSIDE and any(_replaces(caller, other) for other in inside)
        else verdict
        for caller, verdict in zip(callers, verdicts, strict=True)
    ]


def _replaces(caller: Caller, other: Caller) -> bool:
    """Whether one function makes either of two calls, never both."""
    if caller.function is not other.function:
        return False
    for node in statements_in(_body_of(caller)):
        if isinstance(node, ast.If):
            in_body = _holds(node.body, other) != _holds(node.body, caller)
            leaves = isinstance(_last(node.body), ast.Return | ast.Raise)
            in_else = _holds(node.orelse, other) or _holds(node.orelse, caller)
            if in_body and (in_else or leaves):
                return True
    return False


def _holds(body: list[ast.stmt], caller: Caller) -> bool:
    return any(
        statement.lineno <= caller.call.line <= (statement.end_lineno or 0) for statement in body
    )


def _last(body: list[ast.stmt]) -> ast.stmt:
    """The last statement, in the last ``with`` block."""
    last = body[-1]
    return _last(last.body) if isinstance(last, ast.With) else last


def _body_of(caller: Caller) -> list[ast.stmt]:
    """The statements of the function that calls; none for a lambda."""
    body = getattr(caller.function.node, "body", [])
    return body if isinstance(body, list) else []
