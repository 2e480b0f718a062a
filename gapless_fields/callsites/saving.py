"""``save()`` of a row: an INSERT, or the UPDATE that numbers a draft."""

from __future__ import annotations

import ast

from gapless_fields.callsites.byhand import ByHand
from gapless_fields.callsites.definitions import Class
from gapless_fields.callsites.due import MAYBE, NO
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.inserts import alias_of, is_true
from gapless_fields.callsites.newness import is_new
from gapless_fields.callsites.values import Bound, Constant, Items, Object, Values, elements_of
from gapless_fields.callsites.vocabulary import SAVING


class Saving(ByHand):
    def save_row(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        row: Object,
        cls: Class,
        keywords: dict[str, Values],
    ) -> None:
        own_save = bound.by_super and frame.function.name in SAVING
        if not own_save:
            self.signalled(frame, node, cls, new=is_new(frame, row))
        forced = is_true(keywords.get("force_insert"))
        only_update = (
            Constant(None) not in keywords.get("update_fields", (Constant(None),))
            or is_true(keywords.get("force_update"))
            or is_true(keywords.get("raw"))
        )
        inserts = (frame.is_fresh(row) or forced) and not only_update
        is_given = row.origin in frame.facts.given
        only_inserts = forced or (inserts and not is_given and not row.loose)
        after, find = bound.after, self.find_method
        override = self.find_after(cls, after, "save") if after else find(cls, "save")
        using = alias_of(keywords["using"]) if "using" in keywords else None
        issued, columns = self.is_issued(frame, row)
        if is_true(keywords.get("raw")) or only_inserts or (inserts and issued == MAYBE):
            issued = NO
        columns = tuple(c for c in columns if _writes(keywords.get("update_fields"), c))
        if issued != NO and columns and not own_save:
            self.note(
                frame,
                node,
                cls,
                kind="update",
                using=using,
                overrides=(override,),
                loose=issued == MAYBE,
                columns=columns,
            )
        elif inserts and not own_save and self.target_of(cls) is not None:
            self.note(
                frame,
                node,
                cls,
                using=using,
                overrides=(override,),
                loose=row.loose and not forced,
                given=is_given and not forced,
            )
        for column in columns:
            frame.due.get(row.origin, {}).pop(column, None)
        if not only_update:
            self.saved(frame, row)


def _writes(update_fields: Values | None, column: str) -> bool:
    """Whether ``save(update_fields=…)`` writes a column; True where that is not known."""
    if update_fields is None or not any(isinstance(value, Items) for value in update_fields):
        return True
    names = [v.value for v in elements_of(update_fields) if isinstance(v, Constant)]
    return not names or column in names or f"{column}_id" in names
