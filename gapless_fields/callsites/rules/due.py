"""``when=``, as the source of a model writes it: which values of which columns number a row."""

from __future__ import annotations

import ast
from typing import NamedTuple

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.syntax import name_of

YES, MAYBE, NO = "yes", "maybe", "no"


class Wanted(NamedTuple):
    """What a column must be."""

    values: tuple[ast.expr, ...] = ()
    """Empty: anything but NULL, False and the empty text."""
    negated: bool = False
    """Whether it must be anything but those values."""


Condition = dict[str, Wanted]
"""What each of several columns must be."""


class Due(NamedTuple):
    """What numbers the drafts of a model."""

    cls: Class
    """The class whose body declares the fields."""
    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def columns(self) -> set[str]:
        return {column for condition in self.conditions for column in condition}


def conditions_of(when: ast.expr) -> list[Condition]:
    """The conditions of which one must hold; empty where they are not understood."""
    match when:
        case ast.Constant(value=str() as column):
            return [{column: Wanted()}]
        case ast.Call(func=func, args=[], keywords=keywords) if name_of(func) == "Q" and keywords:
            found: Condition = {}
            for keyword in keywords:
                column, wanted = _lookup(keyword)
                if wanted is None:
                    return []
                found[column] = wanted
            return [found]
        case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
            return [one | other for one in conditions_of(left) for other in conditions_of(right)]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            both = conditions_of(left), conditions_of(right)
            return [*both[0], *both[1]] if all(both) else []
        case ast.UnaryOp(
            op=ast.Invert(), operand=ast.Call(func=func, args=[], keywords=[keyword])
        ) if name_of(func) == "Q":
            return _not(keyword)
    return []


def _lookup(keyword: ast.keyword) -> tuple[str, Wanted | None]:
    column, _, lookup = (keyword.arg or "").partition("__")
    value = keyword.value
    is_none = isinstance(value, ast.Constant) and value.value is None
    if lookup in ("", "exact") and not is_none:
        return column, Wanted((value,))
    if lookup == "in" and isinstance(value, ast.List | ast.Tuple | ast.Set):
        return column, Wanted(tuple(value.elts))
    if lookup == "isnull" and isinstance(value, ast.Constant) and value.value is False:
        return column, Wanted()
    return column, None


def _not(keyword: ast.keyword) -> list[Condition]:
    column, wanted = _lookup(keyword)
    if wanted is not None:
        return [{column: wanted._replace(negated=True)}] if wanted.values else []
    is_null = isinstance(keyword.value, ast.Constant) and keyword.value.value in (None, True)
    return [{column: Wanted()}] if is_null else []


_DATES = frozenset(
    {
        *("now", "today", "localdate", "localtime", "utcnow", "date", "datetime", "combine"),
        *("fromisoformat", "strptime", "fromtimestamp", "Now", "uuid4", "timedelta"),
    }
)
"""Functions that return no None."""


def is_filled(value: ast.expr) -> str:
    """Whether what is assigned is anything but None, False and the empty text, by its syntax."""
    match value:
        case ast.Constant(value=constant):
            return NO if constant in (None, False, "") else YES
        case ast.Call(func=func):
            return YES if name_of(func) in _DATES else MAYBE
        case ast.BinOp(left=left, right=right):
            return YES if YES in (is_filled(left), is_filled(right)) else MAYBE
        case ast.BoolOp(op=ast.Or(), values=operands):
            return YES if is_filled(operands[-1]) == YES else MAYBE
        case ast.Attribute(attr="user"):
            return YES
    return MAYBE
