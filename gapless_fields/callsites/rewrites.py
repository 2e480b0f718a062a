"""Calls that write over columns of many rows, and ask no ``save()``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gapless_fields.callsites.values import Constant, Values, elements_of, union

_EQUAL = ("", "exact")


def written_by(
    node: ast.Call,
    name: str,
    arguments: list[Values],
    keywords: dict[str, Values],
    numbers: Sequence[str],
) -> tuple[str, ...]:
    """The columns that a method of a queryset writes over.

    ``filter(number=None).update(company=…)`` is of drafts, which may still move: it writes over
    no column but numbers.

    Args:
        node: the call.
        name: the method.
        arguments: what it is called with, and ``keywords``.
        numbers: the names of the model's numbered fields.
    """
    if name in ("update", "aupdate"):
        columns = [keyword for keyword in keywords if keyword != "**"]
    elif name in ("bulk_update", "abulk_update"):
        values = elements_of(union(keywords.get("fields", ()), *arguments[1:2]))
        constants = (value.value for value in values if isinstance(value, Constant))
        columns = [value for value in constants if isinstance(value, str)]
    else:
        return ()
    if numbers and set(numbers) <= set(_cleared(node)):
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
