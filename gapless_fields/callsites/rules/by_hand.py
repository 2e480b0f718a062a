"""Numbers that the project computes by hand: the highest one plus 1, or the count of rows."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    Constant,
    Instance,
    Items,
    Value,
    Values,
    class_of,
    texts_in,
)
from gapless_fields.callsites.rules.highest import (
    aggregated,
    is_last_row,
    is_one,
    is_one_added,
    text_of,
)
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.sites import note
from gapless_fields.callsites.rules.values import Highest


class ByHand:
    """Follows the highest numbers of models to where 1 is added, or they are given to a row."""

    def __init__(self, engine: Engine, models: Models) -> None:
        self._engine = engine
        self._models = models

    def query(self, call: Invocation, name: str, model: Class) -> Values | None:
        """What a query for the highest number returns; None for others."""
        fields = self._models.numbered_fields(model)
        if not fields:
            return None
        match name if name == "aggregate" else name.removeprefix("a"):
            case "create" | "get_or_create" | "update_or_create":
                self.given(call, model)
            case "count":
                return (Highest(model, ""),)
            case "values_list" if call.keywords.get("flat") == (Constant(True),):
                named = texts_in(call.first)
                return tuple(Highest(model, field) for field in fields if field in named)
            case "aggregate":
                maxima = list(aggregated(call.node, fields))
                for _, field, added in maxima:
                    if added:
                        self._note(call.state, call.node, model, field)
                held = tuple((Highest(model, field, added),) for _, field, added in maxima)
                return (Items(held, False, tuple(key for key, _, _ in maxima)),) if held else None
        return None

    def method(self, call: Invocation, name: str, highest: Highest) -> Values:
        """Methods of ``values_list("number", flat=True)``."""
        is_query = name in ("order_by", "filter", "exclude", "using", "distinct")
        return (highest,) if is_query or is_last_row(call.node) else ()

    def attribute(self, row: Instance, name: str) -> Values | None:
        """The number of the last row."""
        cls = class_of(row)
        if cls is None or not is_last_row(row.origin.node):
            return None
        return (Highest(cls, name),) if name in self._models.numbered_fields(cls) else None

    def sum(self, state: State, node: ast.expr | ast.AugAssign, values: Values) -> Values:
        """The next number, where 1 is added to the highest one."""
        found = [value for value in values if isinstance(value, Highest) and not value.added]
        if isinstance(node, ast.AugAssign):
            adds = isinstance(node.op, ast.Add) and is_one(node.value)
        else:
            adds = is_one_added(node)
        if not adds:
            return ()
        for value in found:
            if value.field:
                self._note(state, node, value.model, value.field)
        return tuple(Highest(value.model, value.field, added=True) for value in found)

    def assigned(self, state: State, target: ast.Attribute, node: ast.expr, values: Values) -> None:
        """``invoice.number = Invoice.objects.count() + 1``."""
        if any(_is_unnoted(value) for value in values):
            for owner in self._engine.evaluate(state, target.value):
                cls = owner.cls if isinstance(owner, Instance) else None
                if isinstance(cls, Class) and target.attr in self._models.numbered_fields(cls):
                    self._note(state, node, cls, target.attr)

    def given(self, call: Invocation, model: Class) -> None:
        """``Invoice(number=Invoice.objects.count() + 1)``."""
        fields = self._models.numbered_fields(model)
        for keyword in call.node.keywords if fields else ():
            values = call.keywords.get(keyword.arg or "", ())
            if keyword.arg in fields and any(_is_unnoted(value) for value in values):
                self._note(call.state, keyword.value, model, keyword.arg)

    def _note(self, state: State, node: ast.expr | ast.AugAssign, model: Class, field: str) -> None:
        note(state, node, model, kind="by hand", call=text_of(node), columns=(field,))


def _is_unnoted(value: Value) -> bool:
    """Whether a number was computed, in a line that has not been noted yet."""
    return isinstance(value, Highest) and not (value.field and value.added)
