"""``save()`` of a row: an INSERT, or the UPDATE that numbers a draft."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.calls import is_new
from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    Bound,
    ClassValue,
    Constant,
    Instance,
    Items,
    Values,
    elements_of,
    texts_in,
)
from gapless_fields.callsites.rules.drafts import Drafts
from gapless_fields.callsites.rules.due import MAYBE, NO
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.sites import alias_of, is_true, note, signalled

SAVING = frozenset({"save", "asave", "save_base"})
"""Methods of a model that INSERT a new instance."""


class Saving:
    """Notes what the ``save()`` of an instance does.

    Args:
        engine: reads the project.
        models: the numbered models.
        drafts: what issues a draft.
    """

    def __init__(self, engine: Engine, models: Models, drafts: Drafts) -> None:
        self._engine = engine
        self._classes = engine.classes
        self._models = models
        self._drafts = drafts

    def save(self, call: Invocation, bound: Bound, row: Instance, cls: Class) -> None:
        state, node, rows, keywords = call.state, call.node, call.state.rows, call.keywords
        is_own = bound.by_super and state.function.name in SAVING
        if not is_own:
            signalled(state, node, cls, new=is_new(state, row))
        is_raw, forced = is_true(keywords.get("raw")), is_true(keywords.get("force_insert"))
        only_updates = (
            Constant(None) not in keywords.get("update_fields", (Constant(None),))
            or is_true(keywords.get("force_update"))
            or is_raw
        )
        inserts = (rows.may_be_new(row) or forced) and not only_updates
        only_inserts = forced or (inserts and rows.is_new(row))
        issued, columns = self._drafts.is_issued(state, row)
        if is_raw or only_inserts or (inserts and issued == MAYBE):
            issued = NO
        columns = tuple(c for c in columns if _writes(keywords.get("update_fields"), c))
        find = self._classes.find_method
        after = bound.after
        save = self._classes.find_after(cls, after, "save") if after else find(cls, "save")
        if bound.name == "save_base":  # which passes over the model's own save()
            save = None
        using = alias_of(keywords["using"]) if "using" in keywords else None
        if issued != NO and columns and not is_own:
            note(
                state,
                node,
                cls,
                kind="update",
                using=using,
                overrides=[save],
                is_doubtful=issued == MAYBE,
                columns=columns,
            )
        elif inserts and not is_own and self._models.target_of(cls) is not None:
            note(
                state,
                node,
                cls,
                using=using,
                overrides=[save],
                is_doubtful=rows.maybe_saved(row) and not forced,
                is_given=rows.is_given(row) and not forced,
                is_draft=not columns and self._is_made_as_draft(state, row, cls),
            )
        for column in columns:
            rows.columns.get(row.origin, {}).pop(column, None)
        if not only_updates:
            state.save(row)

    def _is_made_as_draft(self, state: State, row: Instance, cls: Class) -> bool:
        """Whether ``Invoice(…)`` has made the row, and none of its columns makes it due."""
        node = row.origin.node
        if not isinstance(node, ast.Call) or self._drafts.dues.of(cls) is None:
            return False
        is_made = ClassValue(cls) in self._engine.evaluate(state, node.func)
        return is_made and self._drafts.is_draft(state, cls, node)

    def save_by_class(self, call: Invocation, bound: Bound, cls: Class) -> None:
        """``Invoice.save(invoice)``."""
        for value in call.first:
            if type(value) is Instance and value.cls is cls:
                self.save(call, Bound(value, bound.name), value, cls)

    def save_with_file(self, call: Invocation, owners: Values) -> None:
        """``invoice.pdf.save(name, content)``, which saves the row unless ``save=False``."""
        if call.argument(2, "save") != (Constant(False),):
            for row in owners:
                if type(row) is Instance and isinstance(row.cls, Class):
                    plain = Invocation(call.state, call.node, [], {})
                    self.save(plain, Bound(row, "save"), row, row.cls)


def _writes(update_fields: Values | None, column: str) -> bool:
    """Whether ``save(update_fields=…)`` writes a column; True where that is not known."""
    if update_fields is None or not any(isinstance(value, Items) for value in update_fields):
        return True
    names = texts_in(elements_of(update_fields))
    return not names or column in names or f"{column}_id" in names
