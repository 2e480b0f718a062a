"""Whether an expression is one of the values that ``when`` wants."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import last_name_of
from gapless_fields.callsites.engine.values import Constant, Items, Values
from gapless_fields.callsites.rules.due import MAYBE, NO, YES, Due, Wanted, is_filled


class Choices:
    """Compares values, by what they are or by what they are called."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def holds(self, state: State, due: Due, wanted: Wanted, value: ast.expr) -> str:
        """Whether a column that is given a value is what a condition wants."""
        if isinstance(value, ast.Name) and value.id in state.tests:
            value = state.tests[value.id]
        if isinstance(value, ast.IfExp):
            both = {self.holds(state, due, wanted, one) for one in (value.body, value.orelse)}
            return both.pop() if len(both) == 1 else MAYBE
        if not wanted.values:
            return is_filled(value)
        body = state_of(due.cls.module, due.cls)
        found = [_same(self.key(state, value), self.key(body, one)) for one in wanted.values]
        if wanted.negated:
            return NO if YES in found else MAYBE
        if YES in found:
            return YES if len(found) == 1 else MAYBE
        return MAYBE if MAYBE in found else NO

    def is_known(self, state: State, value: ast.expr) -> bool:
        constant, name = self.key(state, value)
        return constant is not ... or bool(name)

    def key(self, state: State, value: ast.expr) -> tuple[object, str]:
        """The constant that an expression is (``...`` where it is not known), and its last name."""
        if isinstance(value, ast.Attribute) and value.attr in ("value", "name"):
            value = value.value
        with self._engine.modules.parsing:
            constant = _constant(self._engine.evaluate(state, value))
        name = last_name_of(value)
        return constant, name if name.isupper() else ""


def _same(one: tuple[object, str], other: tuple[object, str]) -> str:
    """Whether two expressions are the same value."""
    if one[0] is not ... and other[0] is not ...:
        return YES if one[0] == other[0] else NO
    if one[1] and one[1] == other[1]:
        return YES
    return MAYBE


def _constant(values: Values) -> object:
    """The constant, or that of a choice that is written as ``ISSUED = "issued", "Issued"``."""
    match values:
        case (Constant(value),):
            return value
        case (Items((first, *_)),):
            return _constant(first)
    return ...
