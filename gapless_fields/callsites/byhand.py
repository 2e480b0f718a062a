"""Numbers that the project computes by hand: the highest one plus 1, or the count of rows."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gapless_fields.callsites.definitions import Class
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.highest import aggregated, is_last_row, is_one, is_one_added, text_of
from gapless_fields.callsites.inserts import Inserts
from gapless_fields.callsites.values import (
    Bound,
    Constant,
    Highest,
    Items,
    Manager,
    Object,
    Value,
    Values,
)
from gapless_fields.callsites.vocabulary import INSERTING


class ByHand(Inserts):
    def of_manager_method(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        manager: Manager,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        """... and of a query for the highest number."""
        found = super().of_manager_method(frame, node, bound, manager, arguments, keywords)
        model = manager.model
        fields = self.numbered_fields(model)
        if not fields:
            return found
        name = bound.name
        if name in INSERTING:
            self.numbers_given(frame, node, model, keywords)
        elif name in ("count", "acount"):
            return (Highest(model, ""),)
        elif name == "values_list" and keywords.get("flat") == (Constant(True),):
            named = [v.value for v in arguments[0] if isinstance(v, Constant)] if arguments else []
            return tuple(Highest(model, field) for field in fields if field in named)
        elif name in ("aggregate", "aaggregate"):
            maxima = list(aggregated(node, fields))
            for _, field, added in maxima:
                if added:
                    self._note_by_hand(frame, node, model, field)
            held = tuple((Highest(model, field, added),) for _, field, added in maxima)
            return (Items(held, False, tuple(key for key, _, _ in maxima)),) if held else found
        return found

    def of_highest(self, node: ast.Call, bound: Bound, highest: Highest) -> Values:
        """Methods of ``values_list("number", flat=True)``."""
        is_query = bound.name in ("order_by", "filter", "exclude", "using", "distinct")
        return (highest,) if is_query or is_last_row(node) else ()

    def one_added(self, frame: Frame, node: ast.expr | ast.AugAssign, values: Values) -> Values:
        """The next number, where 1 is added to the highest one."""
        if isinstance(node, ast.AugAssign):
            adds = isinstance(node.op, ast.Add) and is_one(node.value)
        else:
            adds = is_one_added(node)
        found = [value for value in values if isinstance(value, Highest) and not value.added]
        if not adds:
            return ()
        for value in found:
            if value.field:
                self._note_by_hand(frame, node, value.model, value.field)
        return tuple(Highest(value.model, value.field, added=True) for value in found)

    def number_set(self, frame: Frame, target: ast.expr, value: ast.expr, values: Values) -> None:
        """``invoice.number = Invoice.objects.count() + 1``."""
        if not isinstance(target, ast.Attribute) or not _given_by_hand(values):
            return
        for owner in self.evaluate(frame, target.value):
            cls = owner.cls if isinstance(owner, Object) else None
            if isinstance(cls, Class) and target.attr in self.numbered_fields(cls):
                self._note_by_hand(frame, value, cls, target.attr)

    def numbers_given(
        self, frame: Frame, node: ast.Call, model: Class, keywords: Mapping[str, Values]
    ) -> None:
        """``Invoice(number=Invoice.objects.count() + 1)``."""
        for keyword in node.keywords:
            name = keyword.arg or ""
            if name in self.numbered_fields(model) and _given_by_hand(keywords.get(name, ())):
                self._note_by_hand(frame, keyword.value, model, name)

    def _note_by_hand(
        self, frame: Frame, node: ast.expr | ast.AugAssign, model: Class, field: str
    ) -> None:
        self.note(frame, node, model, kind="by hand", call=text_of(node), columns=(field,))


def _given_by_hand(values: Values) -> bool:
    """Whether a number was computed, in a line that has not been noted yet."""
    return any(_is_new(value) for value in values)


def _is_new(value: Value) -> bool:
    return isinstance(value, Highest) and not (value.field and value.added)
