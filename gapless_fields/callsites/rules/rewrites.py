"""Calls that write over columns of many rows, and ask no ``save()``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.values import elements_of, texts_in

_EQUAL = ("", "exact")


def written_by(call: Invocation, name: str, numbers: Sequence[str]) -> tuple[str, ...]:
    """The columns that a method of a queryset writes over.

    ``filter(number=None).update(company=…)`` is of drafts, which may still move: it writes over
    no column but numbers.

    Args:
        call: the call.
        name: the method.
        numbers: the names of the model's numbered fields.
    """
    if name in ("update", "aupdate"):
        columns = [keyword for keyword in call.keywords if keyword != "**"]
    elif name in ("bulk_update", "abulk_update"):
        columns = texts_in(elements_of(call.argument(1, "fields")))
    else:
        return ()
    if numbers and set(numbers) <= set(_cleared(call.node)):
        columns = [column for column in columns if column in numbers]
    return tuple(columns)


def _cleared(node: ast.Call) -> Iterator[str]:
    """The columns that are NULL in the rows of ``filter(…).update(…)``, as far as it says."""
    step: ast.expr = node.func
    while isinstance(step, ast.Attribute | ast.Call):
        if isinstance(step, ast.Attribute):
            step = step.value
            continue
        if isinstance(step.func, ast.Attribute) and step.func.attr == "filter":
            for keyword in step.keywords:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
                column, _, lookup = (keyword.arg or "").partition("__")
                if value is True if lookup == "isnull" else value is None and lookup in _EQUAL:
                    yield column
        step = step.func
